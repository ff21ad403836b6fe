"""Everyday topics as data: the words people use when they talk of food, health, travel, work, home …

Written by hand from general knowledge of what people talk about, as categories of everyday life, not fitted
to any study. `RELATED` says which topics bear on each other: who asks about a trip is served by knowing
that somebody fears flying or has little money. `memory.relevance` uses both.
"""

from collections.abc import Mapping
from functools import lru_cache

from memory.words import stem

TOPICS: Mapping[str, str] = {
    "food": """food eat eating ate meal dish recipe cook cooking bake baking cuisine restaurant breakfast lunch dinner
        supper snack dessert ingredient kitchen taste flavor spicy sweet sauce soup salad sandwich bread cake cookie
        chocolate cheese milk egg butter rice pasta noodle pizza burger meat beef pork chicken lamb steak sausage fish
        seafood salmon tuna shrimp vegetable fruit apple banana orange berry strawberry tomato potato onion garlic carrot
        mushroom bean lentil nut peanut almond soy tofu sugar salt pepper grill barbecue picnic sushi curry yogurt
        honey cereal oat menu chef hungry hunger delicious indian italian chinese mexican thai japanese mediterranean""",
    "diet": """diet dietary vegetarian vegan vegetarianism veganism allergy allergic allergen intolerant intolerance lactose
        gluten dairy celiac halal kosher keto paleo calorie calories carb carbohydrate protein fat fiber vitamin mineral
        nutrition nutrient nutritious nutritional supplement weight overweight obese obesity slim pound kilo kilogram
        fasting healthy low-carb organic cholesterol appetite eat eating food meal""",
    "drink": """drink drinking beverage coffee tea espresso caffeine juice soda water wine beer alcohol alcoholic cocktail
        whiskey whisky vodka rum gin liquor bar pub brewery hydrate hydrated hydration thirsty smoothie lemonade bottle""",
    "health": """health healthy illness ill sick disease disorder syndrome symptom condition medical medicine medication drug
        pill doctor physician hospital clinic nurse surgery operation treatment therapy therapist cure diagnosis diagnose
        pain ache headache migraine injury injured wound broken fracture fever cold flu cough infection virus cancer
        diabetes diabetic insulin heart blood pressure cholesterol kidney liver lung asthma stomach digestive digestion
        bowel skin eczema eye vision knee back joint arthritis disability disabled wheelchair handicap handicapped
        mobility allergy allergic immune vaccine pregnant pregnancy chronic acute patient checkup hormone thyroid bone
        muscle nerve brain stroke seizure dementia dentist tooth teeth""",
    "mind": """stress stressed stressful anxiety anxious depression depressed mental mood emotion emotional worry worried
        nervous fear afraid phobia panic lonely loneliness shy introvert introverted extrovert confidence confident
        relax relaxing relaxation calm meditation meditate mindfulness yoga therapy therapist psychology psychologist
        burnout tired fatigue concentrate concentration focus attention adhd autism trauma grief motivation""",
    "sleep": """sleep sleeping asleep insomnia nap bed bedtime dream nightmare snore awake wake tired rest noise noisy
        quiet mattress pillow night""",
    "fitness": """exercise exercising fitness fit gym workout training train run running jog jogging marathon walk walking
        swim swimming pool cycle cycling bike bicycle lift weightlifting muscle strength cardio yoga pilates stretch
        stretching athlete athletic sport sporty active activity coach endurance climb climbing""",
    "sport": """sport sports team player match game league championship tournament football soccer basketball baseball hockey
        tennis golf badminton volleyball cricket rugby ski skiing snowboard skate skating surf surfing boxing wrestling
        olympic race racing stadium fan club coach score athlete swim swimming nba nfl fifa formula""",
    "outdoors": """outdoor outdoors nature hike hiking trail camp camping tent mountain hill forest wood lake river beach
        sea ocean coast island park desert wildlife bird fishing fish hunt hunting kayak canoe sail sailing climb
        climbing trek trekking backpack backpacking adventure picnic scenery landscape snow""",
    "travel": """travel traveling travelling traveler trip journey vacation holiday tour tourist tourism visit visiting
        destination sightseeing sight attraction landmark museum itinerary flight fly flying plane airplane airport
        airline layover passport visa luggage suitcase cruise abroad foreign country city hotel hostel resort beach
        guide explore excursion weekend honeymoon backpack world europe asia africa america""",
    "lodging": """hotel hostel motel resort apartment airbnb accommodation room lodging suite stay staying bed breakfast
        booking reservation reserve check-in lobby""",
    "transport": """transport transportation car drive driving driver license vehicle bus train subway metro tram taxi uber
        bicycle bike scooter motorcycle flight plane airport ferry boat ship commute commuting traffic road highway
        parking park fuel gas gasoline petrol electric hybrid ticket station ride trip""",
    "car": """car vehicle auto automobile suv truck sedan van engine tire brake mileage dealer dealership toyota honda ford
        bmw tesla hybrid electric mechanic garage motorcycle insurance drive driving driver license""",
    "weather": """weather climate temperature hot heat warm cold cool freezing snow snowy rain rainy raining storm wind windy
        sun sunny sunshine humid humidity dry summer winter spring autumn fall season degree celsius fahrenheit forecast""",
    "money": """money price cost costs expensive cheap affordable budget pay payment paid afford spend spending save saving
        savings income salary wage debt loan credit mortgage bank invest investing investment investor stock fund funding
        finance financial tax insurance rent fee tuition dollar euro pound scholarship discount bargain retire
        retirement pension economy economic""",
    "work": """work working worker job career profession professional employ employer employee employment company business
        boss colleague coworker office salary promotion manager engineer developer teacher lawyer accountant nurse
        programmer designer consultant salesman freelance freelancer remote interview resume cv hire hiring unemployed
        retire retired internship industry shift experience skill project meeting demanding""",
    "business": """business company startup entrepreneur entrepreneurship venture market marketing customer client sale sell
        selling product service brand advertising profit revenue invest investor fund funding competitor strategy plan
        partner owner own store shop manage management""",
    "education": """study studying student school college university campus degree bachelor master phd doctorate diploma
        graduate graduated graduation undergraduate course class lecture lesson exam test gpa grade toefl ielts major
        professor teacher teach teaching learn learning education academic research thesis scholarship tuition homework
        semester faculty science engineering subject apply application admission eligible training tutorial""",
    "language": """language english spanish french german italian chinese mandarin japanese korean arabic dutch portuguese
        russian hindi speak speaking spoken fluent fluently native bilingual translate translation accent grammar
        vocabulary word toefl ielts""",
    "place": """live living lived reside resident city town village country state county region neighborhood area local nearby
        near close born grew move moved moving relocate relocation immigrant immigrate immigration citizen citizenship
        native from address usa america american united states canada canadian uk british britain england london
        scotland ireland france french paris germany german berlin spain spanish italy italian rome netherlands dutch
        amsterdam belgium switzerland swiss austria sweden norway denmark finland poland greece turkey russia india
        indian china chinese japan japanese tokyo korea australia sydney zealand mexico brazil argentina africa nigeria
        egypt iran iraq israel qatar dubai york california texas florida chicago boston seattle washington europe
        european asia asian""",
    "home": """home house apartment flat condo room bedroom bathroom kitchen living furniture couch sofa table chair desk lamp
        decor decorate decoration renovate renovation paint wall floor carpet roof window door clean cleaning laundry
        appliance fridge oven dishwasher heating repair landlord tenant rent mortgage neighbor roommate move basement
        balcony""",
    "garden": """garden gardening gardener plant planting plants flower flowers tree lawn grass seed soil compost backyard yard
        herb vegetable grow growing fertilizer prune rose houseplant greenhouse water watering""",
    "family": """family parent parents mother mom mum father dad son daughter child children kid kids baby toddler infant
        teenager teen sibling brother sister twin grandmother grandfather grandparent grandma grandpa grandchild uncle
        aunt cousin nephew niece wife husband spouse married marriage partner pregnant birth parenting relative""",
    "people": """friend friends friendship girlfriend boyfriend date dating relationship partner love romantic romance marriage
        married single divorce wedding social socialize gathering party guest host hosting meet meeting together crowd
        crowded group community neighbor alone lonely people conversation talk""",
    "celebration": """birthday anniversary wedding christmas easter thanksgiving halloween valentine ramadan diwali holiday
        festival celebrate celebration party gift gifts present surprise card graduation occasion ceremony guest
        decoration""",
    "pets": """pet pets dog dogs puppy cat cats kitten animal animals bird parrot hamster rabbit fish aquarium horse turtle
        snake vet veterinarian breed leash adopt shelter fur walk""",
    "clothes": """clothes clothing wear wearing dress outfit shirt pants jeans shoe shoes sneaker boot jacket coat hat suit tie
        skirt sweater fashion fashionable style stylish size fabric cotton leather wool brand color colour casual formal
        jewelry watch bag handbag textile sew sewing knit""",
    "beauty": """beauty makeup cosmetic skin skincare hair haircut hairstyle nail perfume lotion cream sunscreen acne shampoo
        salon tattoo piercing""",
    "shopping": """shop shops shopping buy buying bought purchase store mall market supermarket grocery groceries online amazon
        order delivery brand price sale discount product bargain souvenir gift customer collect collector collection""",
    "technology": """technology tech computer laptop pc phone smartphone iphone android apple samsung google microsoft tablet
        device gadget software hardware app application internet online website web network wifi data digital program
        programming programmer code coding developer python java algorithm ai artificial robot machine battery screen
        camera printer operating system windows mac linux cloud security privacy password""",
    "screen": """movie movies film films cinema theater tv television show series episode season netflix hulu disney documentary
        actor actress director character plot scene drama comedy thriller horror romance fantasy sci-fi fiction animation
        anime cartoon marvel superhero spin-off watch watching watched oscar hollywood streaming trailer""",
    "music": """music song songs sing singing singer band concert album guitar piano violin drum instrument musician jazz rock
        pop classical hip-hop rap metal country opera orchestra lyric melody playlist spotify dance dancing listen
        listening festival""",
    "reading": """book books read reading reader novel novels author writer write writing literature poem poetry story stories
        fiction fantasy mystery biography library chapter magazine newspaper comic audiobook publish publisher""",
    "games": """game games gaming gamer play playing player video console playstation xbox nintendo puzzle chess card board
        dice multiplayer online level""",
    "arts": """art arts artist artistic paint painting draw drawing sculpture gallery museum exhibition photo photograph
        photography photographer camera craft design theater theatre dance ballet architecture culture cultural creative
        creativity pottery knit knitting hobby""",
    "culture": """culture cultural history historic historical ancient war heritage tradition traditional custom museum monument
        castle temple church archaeology civilization society politics political government law election country
        philosophy classics""",
    "faith": """religion religious faith god church catholic christian christianity protestant muslim islam islamic mosque jewish
        judaism synagogue hindu hinduism buddhist buddhism temple pray prayer bible quran vatican spiritual atheist pope
        halal kosher ramadan""",
    "environment": """environment environmental climate sustainable sustainability green eco eco-friendly energy solar renewable
        pollution recycle recycling waste plastic carbon emission planet conservation conserve nature water resource
        resources wildlife species endangered ecosystem organic""",
    "science": """science scientific scientist research physics chemistry biology mathematics math astronomy space planet star
        nasa experiment theory evolution gene genetic energy laboratory technology engineering invention data""",
    "age": """age old young year years older younger elderly senior adult teenager teen child kid retire retired retirement
        generation man woman male female""",
}  # fmt: skip
"""Topic → words."""

RELATED: Mapping[str, str] = {
    "food": "diet drink health travel shopping",
    "diet": "food drink health fitness",
    "drink": "food diet health",
    "health": "diet fitness mind sleep food age",
    "mind": "health sleep work people fitness",
    "sleep": "health mind lodging home",
    "fitness": "health diet sport outdoors",
    "sport": "fitness outdoors games",
    "outdoors": "travel fitness weather sport environment",
    "travel": "lodging transport place weather culture money outdoors food language",
    "lodging": "travel money sleep place",
    "transport": "car travel place money",
    "car": "transport money",
    "weather": "travel outdoors place clothes",
    "money": "work education shopping business lodging home car travel",
    "work": "business education money place mind age",
    "business": "work money place",
    "education": "work language place money science reading",
    "language": "education place culture travel",
    "place": "travel weather education home work business transport",
    "home": "garden family money place pets",
    "garden": "home outdoors environment",
    "family": "people age home celebration",
    "people": "family celebration mind",
    "celebration": "people family shopping food",
    "pets": "home family outdoors",
    "clothes": "shopping beauty weather people",
    "beauty": "clothes shopping health",
    "shopping": "money clothes technology food",
    "technology": "games work science shopping",
    "screen": "reading music games arts",
    "music": "arts screen people",
    "reading": "screen arts education culture",
    "games": "technology sport screen",
    "arts": "culture music reading",
    "culture": "travel arts faith reading",
    "faith": "culture food",
    "environment": "science home garden money",
    "science": "education technology environment",
    "age": "health family education work",
}
"""Topic → the topics that bear on it."""


@lru_cache(maxsize=1)
def topics_of_stems() -> Mapping[str, tuple[str, ...]]:
    """Stem → the topics it belongs to; a word of several topics says less of each."""
    found: dict[str, dict[str, None]] = {}
    for topic, words in TOPICS.items():
        for word in words.replace("-", " ").split():
            found.setdefault(stem(word), {})[topic] = None
    return {word: tuple(topics) for word, topics in found.items()}
