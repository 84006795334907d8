"""Word lists of English attribution: verbs of speech, titles, nouns for people, first names."""

from __future__ import annotations

SPEECH_VERBS = frozenset(
    """
    said says say asked asks ask replied replies answered answers cried cries exclaimed exclaims returned returns added
    adds continued continues observed observes remarked remarks whispered whispers murmured murmurs muttered mutters
    mumbled mumbles shouted shouts yelled yells screamed screams shrieked shrieks called calls bawled bawls roared roars
    bellowed bellows growled growls snarled snarls hissed hisses snapped snaps barked barks grunted grunts groaned groans
    moaned moans sobbed sobs wept wailed wails whimpered whimpers sighed sighs gasped gasps panted breathed laughed laughs
    chuckled chuckles giggled giggles tittered sneered sneers jeered scoffed teased joked quipped began begins resumed
    resumes repeated repeats echoed echoes insisted insists protested protests objected objects argued argues declared
    declares announced announces stated states explained explains told tells inquired inquires enquired enquires demanded
    demands queried questioned interrupted interrupts interposed interjected rejoined rejoins retorted retorts responded
    responds agreed agrees admitted admits confessed confesses conceded allowed assented acknowledged assured assures
    promised promises warned warns threatened threatens urged urges begged begs pleaded pleads implored entreated entreats
    beseeched ordered orders commanded commands suggested suggests proposed proposes offered offers ventured ventures
    hazarded volunteered pursued pursues proceeded proceeds concluded concludes finished finishes ended broke burst
    stammered stammers stuttered stutters faltered falters quavered croaked croaks drawled drawls lisped purred cooed
    squeaked squeaks squealed piped chirped trilled sang sings chanted recited recites intoned droned prayed swore cursed
    swears vowed grumbled grumbles complained complains whined whines wondered wonders thought thinks mused muses
    reflected reasoned speculated considered thundered stormed raged fumed spat choked gulped blurted ejaculated
    vociferated expostulated remonstrated reproved scolded chided rebuked chid soothed comforted consoled coaxed wheedled
    cajoled greeted greets hailed welcomed thanked apologised apologized congratulated prompted corrected countered
    contradicted challenged mocked taunted boasted bragged crowed gloated hooted hollered rasped wheezed spluttered
    sputtered rumbled boomed trumpeted quoth quavering confided confides revealed informed related recounted narrated
    reported noted commented mentioned put spoke speaks grinned grins smiled smiles nodded shrugged persisted quivered
    reminded advised cautioned counselled instructed directed dictated bade bid invited appealed ran went
    """.split()
)
# Verbs of SPEECH_VERBS that need the quotation's comma to say that somebody speaks.
WEAK_VERBS = frozenset(
    """
    put ran went broke burst ended finished offered returned proceeded considered allowed called noted told grinned smiled
    nodded shrugged thought thanked invited directed related ordered bid bade began continued laughed sighed wept greeted
    hailed welcomed appealed choked gulped spat panted breathed quivered bowed
    """.split()
)
FEMALE_TITLES = frozenset("mrs miss ms lady madame madam mademoiselle duchess countess princess queen aunt sister mother".split()) | {
    "mme", "mlle", "baroness", "empress", "dame", "señora", "signora", "fräulein", "frau", "grandma", "granny", "nanny",
}  # fmt: skip
MALE_TITLES = frozenset(
    """
    mr messrs sir lord captain capt colonel col major general gen lieutenant lieut sergeant sergt corporal professor prof
    father brother uncle monsieur don count duke prince king baron inspector constable judge reverend rev squire admiral
    commander emperor earl marquis bishop friar deacon señor signor herr grandpa sheikh rabbi
    """.split()
)
TITLES = (
    FEMALE_TITLES
    | MALE_TITLES
    | frozenset("dr doctor nurse old young little poor dear saint st detective officer".split())
)
WEAK_TITLES = frozenset("old young little poor dear saint st".split())  # tell nothing, and are often left out
FEMALE_NOUNS = frozenset(
    """
    woman lady girl wife mother mamma mama mum mummy mom daughter sister aunt auntie niece grandmother grandma granny
    maid housemaid housekeeper landlady hostess nurse widow queen princess duchess countess governess actress waitress
    witch nun bride mistress ladyship madam ma'am goddess stepmother heroine lass dame seamstress laundress mermaid hen
    mother-in-law sister-in-law daughter-in-law charwoman washerwoman schoolgirl abbess empress priestess
    """.split()
)
MALE_NOUNS = frozenset(
    """
    man gentleman boy husband father papa dad daddy son brother uncle nephew grandfather grandpa landlord host butler
    footman coachman king prince duke count earl lord lordship sir captain colonel major general sergeant lieutenant
    corporal mate boatswain sailor soldier policeman constable inspector priest parson curate vicar rector bishop clergyman
    monk friar squire farmer fisherman miller blacksmith porter waiter barber knight wizard bridegroom widower lad chap
    fellow gardener gentlemen men boys carpenter harpooneer stepfather father-in-law brother-in-law son-in-law headmaster
    postman workman watchman cabman innkeeper ferryman baron emperor
    """.split()
)
OTHER_NOUNS = frozenset(
    """
    stranger person voice child baby doctor professor teacher student cousin friend companion visitor guest servant clerk
    lawyer judge driver cook baker owner manager master shopkeeper merchant thief prisoner officer guard detective editor
    author poet painter artist musician singer narrator speaker other latter former patient customer client neighbour
    neighbor leader chief president minister secretary pilot passenger traveller traveler beggar peasant savage cannibal
    giant dwarf ghost spirit creature monster robot animal cat dog mouse rabbit caterpillar turtle gryphon hatter dormouse
    pigeon duck fox wolf bear lion bird owl crow parrot frog snake spider horse rider hunter crowd people children women
    lodger tenant student pupil scholar apprentice messenger operator librarian mayor witness coroner surgeon physician
    chemist scientist engineer mechanic janitor reporter journalist photographer boss colleague partner rival enemy victim
    """.split()
)
PERSON_NOUNS = FEMALE_NOUNS | MALE_NOUNS | OTHER_NOUNS
KIN = frozenset(
    """
    wife husband mother mamma mama mum mom father papa dad sister brother aunt uncle daughter son cousin niece nephew
    grandmother grandfather friend companion ladyship lordship lady mistress master hostess host guest visitor
    """.split()
)
BODY_PARTS = frozenset(
    """
    voice eyes eye face mouth lips lip hand hands brow brows eyebrows eyebrow forehead smile laugh laughter gaze look glance
    tone head shoulders shoulder jaw cheeks cheek chin fingers finger fist fists knees breath expression features
    countenance tears heart throat arms arm
    """.split()
)
FEMALE_NAMES = frozenset(
    """
    abigail ada adela adelaide adele agatha agnes alexandra alice alison amanda amelia amy anastasia andrea angela angelica
    anita ann anna annabel anne annette annie antonia arabella astrid audrey augusta barbara beatrice becky bella belle
    bernadette bertha bess bessie beth betsy betty bianca biddy brenda bridget brigid camilla camille candida carla carmen
    carol caroline carolina carrie catherine cathy cecilia cecily celeste celia charlotte chloe christina christine clara
    clare claire clarissa claudia clementine connie constance cora cordelia cornelia cynthia daisy daphne deborah delia della
    diana dinah dolly dora doris dorothea dorothy edith edna effie eileen elaine eleanor elena eliza elizabeth ella ellen
    eloise elsa elsie elspeth emilia emily emma erica ernestine estella esther ethel eugenia eunice eva evangeline eve
    eveline evelyn fanny felicia felicity fiona flora florence frances freda frieda gabriella genevieve georgiana georgina
    geraldine gertrude gilda ginger gladys glenda gloria grace greta gretel guinevere gwen gwendolen hannah harriet hattie
    heather hebe hedwig helen helena helene henrietta hermione hester hetty hilda hope ida imogen ines ingrid irene iris
    isabel isabella isolde ivy jane janet janice jean jemima jennifer jenny jessica jessie jill jo joan joanna josephine
    josie joy joyce judith judy julia juliana julie juliet june kate katharine katherine kathleen katie katy kitty laura
    lavinia leah lena leonora leila leslie lettie letty lila lilian lily linda lisa liz liza lizzie lizzy lois lola lorna
    lottie louisa louise lucia lucille lucinda lucy lydia mabel madeleine madeline madge maggie maisie mamie marcia margaret
    margery margot maria marian marianne marie marilla marina marion marjorie martha mary mathilda matilda maud maude maureen
    mavis maya meg megan melanie melissa mercy meredith mildred millicent millie mina minerva minnie mira miranda miriam moira
    molly mona monica muriel myra myrtle nadia nan nancy naomi natalie natasha nell nellie nelly netta nettie nicole nina
    nora norah octavia odette odile olga olive olivia olympia ophelia pamela patience patricia patty paula pauline pearl
    peggy penelope perdita phoebe phyllis polly portia priscilla prudence rachel ramona rebecca regina rhoda rita roberta
    rosa rosalie rosalind rosamond rosanna rose rosemary rosie rowena ruby ruth sabina sabrina sadie sally samantha sandra
    sarah selina serena sheila shirley sibyl silvia sonia sophia sophie sophy stella stephanie susan susanna susannah susie
    sybil sylvia tabitha tamara tess tessa thelma theodora theresa therese thirza tilly trudy una ursula valentina valerie
    vanessa vera verity veronica victoria viola violet virginia vivian vivien wanda wendy wilhelmina winifred yolanda yvonne
    zelda zoe mei ling priya fatima leila aisha amina yuki hana keiko ingrid solveig freya saoirse niamh aoife isla rosalba
    """.split()
)
MALE_NAMES = frozenset(
    """
    aaron abel abraham adam adrian ahab alan albert alec alexander alexis alfred alfie algernon allan ambrose amos andre
    andrew andy angus anselm anthony antonio archibald archie arnold arthur aubrey august augustus austin barnaby barney
    bart bartholomew basil ben benedict benjamin bernard bert bertie bertram bill billy bob bobby boris bram brian bruce bruno
    cain caleb calvin carl carlo carlos cecil cedric charles charley charlie chester christian christopher claude clement
    cliff clifford clive colin conrad constantine cornelius crispin cuthbert cyril cyrus dan daniel danny darius david dave
    dennis derek desmond dick diego dirk dmitri dominic donald douglas duncan ebenezer ed eddie edgar edmund edward edwin
    eli elias elijah elliot elmer emil emile enoch eric ernest ethan eugene eustace evan ezekiel ezra fabian felix ferdinand
    fergus floyd francis francisco frank franklin franz fred freddie freddy frederic frederick fritz gabriel
    gareth gaston gavin geoffrey george gerald gerard gideon gilbert giles giovanni godfrey gordon graham gregory guido
    gulliver gus gustav guy hal hamish hamlet hank hans harold harry harvey hector heinrich henri henry herbert herman
    hiram homer horace horatio howard hubert huck huckleberry hugh hugo humphrey ian ichabod ignatius igor isaac ishmael
    ivan jack jacob jacques jake james jamie jan jarvis jason jasper jean-luc jed jeff jeffrey jeremiah jeremy jerome jerry
    jesse jim jimmy joachim job joe joel johann john johnny jonah jonas jonathan jorge joseph josh joshua josiah juan jude
    jules julian julius karl keith ken kenneth kevin konrad kurt lambert lance laurence lawrence lazarus leo leon leonard
    leopold leroy lester levi lewis lionel lorenzo louis lucas lucian luigi luke luther magnus malachi malcolm manuel marcel
    marco marcus mario mark marmaduke martin marvin matthew matt maurice max maximilian melvin merlin micah michael mick
    miguel mike miles mohammed mordecai morgan morris mortimer moses nathan nathaniel ned neil nelson nicholas nick nigel
    noah noel norman octavius oliver omar orlando orson oscar oswald otto owen pablo paddy patrick paul pedro perceval percy
    peregrine peter phil philip phileas phineas pierre pip queequeg quentin ralph ramon randolph raphael ray raymond
    reginald reuben rex richard rob robert robin rochester roderick rodney roger roland rolf roman romeo ronald rory roy
    rufus rupert russell sam sammy samson samuel saul sean sebastian septimus seth sherlock sid sidney siegfried silas
    silvester simeon simon solomon spencer stan stanley starbuck stephen steve steven stuart stubb sydney ted terence
    thaddeus theo theobald theodore thomas tim timothy titus tobias toby tom tommy tony tristram ulysses valentine vernon
    victor vincent vladimir walter ward warren watson wilbur wilfred wilhelm will willie william winston wolfgang xavier
    yves zachary tashtego daggoo bildad peleg ravi arjun hassan ali omar kenji hiroshi wei jun bao lars sven olaf bjorn
    """.split()
)
NICKNAMES = {
    "lizzy": "elizabeth", "eliza": "elizabeth", "lizzie": "elizabeth", "beth": "elizabeth", "kitty": "catherine",
    "kate": "catherine", "cathy": "catherine", "tom": "thomas", "tommy": "thomas", "bill": "william", "will": "william",
    "billy": "william", "jim": "james", "jimmy": "james", "jack": "john", "johnny": "john", "bob": "robert",
    "bobby": "robert", "dick": "richard", "harry": "henry", "ned": "edward", "ted": "edward", "charley": "charles",
    "charlie": "charles", "joe": "joseph", "sam": "samuel", "ben": "benjamin", "dan": "daniel", "fred": "frederick",
    "peggy": "margaret", "meg": "margaret", "maggie": "margaret", "polly": "mary", "molly": "mary", "nelly": "ellen",
    "sally": "sarah", "betsy": "elizabeth", "huck": "huckleberry", "alf": "alfred", "bertie": "albert",
}  # fmt: skip
# Capitalised words that are no people.
NO_NAMES = frozenset(
    """
    i the a an and but or if so then when where while what who how why which that this these those there here now yes no not
    oh ah alas well very my your his her our their its it he she they we you me him us them one two three all some any every
    god heaven heavens lord christmas easter sunday monday tuesday wednesday thursday friday saturday january february march
    april may june july august september october november december english french german dutch spanish italian latin greek
    american indian chinese japanese russian scotch irish england france germany london paris america europe good great come
    go let look see stop wait listen hush please thank perhaps never always ever only even just still yet nothing nobody
    everything everybody somebody someone something anybody anyone because though although as at by for from in into of off
    on out over to up with without after before between chapter volume book part letter are is was were be been am do did does
    don't can can't could would should shall will won't must might has have had mr mrs miss sir madam dear again once at-last
    suddenly presently meanwhile afterwards however therefore indeed besides moreover then first last next later soon today
    tomorrow tonight yesterday morning evening night tell take give say said asked quite too such each both neither either
    none many much more most less few several other another own same like unlike upon under behind above below beside during
    until till since through toward towards across along around about against among within
    """.split()
)
NOT_SPEECH_CUES = frozenset(
    """
    sign signboard label labelled labeled letter letters inscription inscribed notice banner motto title titled entitled
    headline word words called named nicknamed so-called marked written wrote engraved carved printed painted stamped read
    reads spelled spelt meaning phrase term expression known chalked scrawled poster placard plaque plate caption novel
    book poem song newspaper
    """.split()
)
ADVERBS = frozenset(
    """
    then again also at last had now only just still himself herself once more suddenly softly quietly slowly loudly quickly
    gravely presently always merely simply even finally soon instantly immediately hastily thus therefore afterwards
    all almost both never ever first next further half fairly
    """.split()
)
# Verbs and auxiliaries whose subject is likely a person.
ACTIONS = frozenset(
    "was had looked sat stood went came took turned did got felt saw knew could would made found held put ran gave".split()
)
# Titles that stand before given names.
GIVEN_TITLES = frozenset("miss aunt uncle sister brother father mother king queen prince princess lady sir".split())
