# SGLang-Omni: its server (sgl-omni) and its router (sgl-omni-router-py). Needs the NVIDIA container toolkit to run.
FROM python:3.12-slim

ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1
# A compiler for kernels that are built on first use; ffmpeg and libsndfile for the reference clips.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential ffmpeg libsndfile1 \
    && rm -rf /var/lib/apt/lists/* \
    && pip install --pre "sglang-omni[fun-cosyvoice3]==0.1.9"
