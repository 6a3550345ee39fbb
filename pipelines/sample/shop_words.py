"""Words of the invented shop: categories, product families, people and places."""

from dataclasses import dataclass

from pipelines.sample.seasons import COSY, GARDEN, GIFT, STEADY


@dataclass(frozen=True)
class Category:
    """One shelf of the shop: price in euro and its log spread, margin, how often goods come back, season."""

    name: str
    popularity: float
    price: float
    margin: float
    returned: float
    season: int
    makers: tuple[str, ...]
    things: tuple[str, ...]
    accessory: str


CATEGORIES = (
    Category("Coffee & Tea", 1.5, 14, 0.42, 0.015, COSY, ("Nordkap", "Casa Lupo", "Mühlbach", "Tamarillo"),
             ("Espresso Beans", "Filter Coffee", "Darjeeling First Flush", "Herbal Infusion", "Drip Kettle",
              "Burr Grinder", "Milk Jug", "Cold Brew Bottle"), "Descaling Set"),
    Category("Kitchen", 1.3, 34, 0.38, 0.05, STEADY, ("Kupferhof", "Brasa", "Lindqvist", "Ōnami"),
             ("Cast-iron Pan", "Chef's Knife", "Chopping Board", "Stock Pot", "Baking Tin", "Spice Mill",
              "Mixing Bowl", "Pasta Maker"), "Care Oil"),
    Category("Home Textiles", 1.1, 42, 0.48, 0.13, COSY, ("Webstuhl", "Maison d'Été", "Hygge & Sons", "Flachs"),
             ("Linen Duvet Cover", "Wool Throw", "Bath Towel", "Cushion", "Table Runner", "Flannel Sheet",
              "Velvet Curtain"), "Laundry Bag"),
    Category("Garden", 1.0, 29, 0.36, 0.06, GARDEN, ("Grünspan", "Oakham", "Terra Nova", "Beetle & Bee"),
             ("Pruning Shears", "Watering Can", "Raised Bed", "Seed Collection", "Hose Reel", "Bird Feeder",
              "Garden Lantern", "Compost Bin"), "Replacement Blade"),
    Category("Outdoor", 0.8, 68, 0.34, 0.11, GARDEN, ("Fjällweg", "Kestrel", "Alpenrand", "Tramontana"),
             ("Rucksack", "Down Jacket", "Trekking Poles", "Tent", "Head Torch", "Sleeping Mat", "Rain Shell",
              "Camping Stove"), "Repair Kit"),
    Category("Fashion", 1.2, 49, 0.52, 0.24, STEADY, ("Atelier Ruß", "Calle Ocho", "Norden", "Ó Briain"),
             ("Merino Jumper", "Linen Shirt", "Selvedge Jeans", "Leather Belt", "Wool Scarf", "Canvas Trainers",
              "Summer Dress"), "Shoe & Fabric Care"),
    Category("Toys & Gifts", 0.9, 24, 0.44, 0.04, GIFT, ("Holzwurm", "Papillon", "Little Harbour", "Spielzeit"),
             ("Marble Run", "Wooden Train", "Board Game", "Puzzle", "Candle Set", "Gift Hamper", "Music Box"),
             "Gift Wrapping"),
    Category("Books & Stationery", 0.8, 16, 0.33, 0.03, GIFT, ("Tintenfass", "Quill & Co.", "Blattwerk", "Folio"),
             ("Fountain Pen", "Notebook", "Wall Calendar", "Cookbook", "Novel", "Letter Paper", "Desk Pad"),
             "Ink Refill"),
    Category("Electronics", 0.7, 129, 0.17, 0.10, STEADY, ("Voltage", "Klangraum", "Pixelwerk", "Meridian"),
             ("Bluetooth Speaker", "Headphones", "Desk Lamp", "Weather Station", "Radio", "Air Purifier",
              "Digital Scale"), "Charging Cable"),
    Category("Pet Care", 0.7, 22, 0.30, 0.02, STEADY, ("Pfötchen", "Barkley's", "Whiskerfield", "Fellnase"),
             ("Dog Food", "Cat Litter", "Dog Bed", "Scratching Post", "Bird Seed", "Aquarium Filter"), "Treat Pouch"),
)  # fmt: skip

TIERS = ("", "Plus", "Pro")
COLOURS = ("", "No. 2", "Anthracite", "Sea Green", "Limited Edition", "Large", "Small", "Ochre", "1 kg", "Duo",
           "Classic", "Winter Edition", "Ivory", "No. 7", "Travel Size", "Heritage")  # fmt: skip

FIRST_NAMES = (
    "Anna", "Jürgen", "Sofía", "Łukasz", "Zoë", "Hannah", "Björn", "Marie-Thérèse", "Emre", "Giulia", "Noah", "Elif",
    "François", "Käthe", "Tomáš", "Ingrid", "Søren", "Aoife", "Mehmet", "Charlotte", "Karl-Heinz", "Chloé", "Luca",
    "Ayşe", "Paul", "Mia", "Günther", "Émilie", "Matteo", "Freja", "Jan", "Katarzyna", "Ben", "Lea", "Maximilian",
    "Clara", "Otto", "Yasmin", "Víctor", "Nele", "Bartholomäus", "Rosa", "Willem", "Siobhán", "Fritz", "Amélie",
    "Deniz", "Greta", "Stefan", "Ursula",
)  # fmt: skip
LAST_NAMES = (
    "Müller", "O'Brien", "Schäfer", "D'Angelo", "Weiß", "Nowak", "van der Meer", "Öztürk", "Dubois", "Jørgensen",
    "Bauer", "García Márquez", "Krüger", "L'Hôte", "Huber", "Kovács", "Schröder", "Rossi", "Novák", "Lindström",
    "Fuchs", "de la Fontaine", "Köhler", "O'Sullivan", "Steiner", "Yılmaz", "Vogel", "Żak", "Brandt", "Peeters",
    "Winkler", "Fernández", "Größl", "Moreau", "Lehmann", "Eriksson", "Kaiser", "Bianchi", "Böhm", "Jansen",
    "Sommer", "Ionescu", "Pfeiffer", "N'Diaye", "Graf", "Dvořák", "Ziegler", "Haas", "Frank", "Wolff",
    "von Hohenstaufen-Wittelsbach zu Sayn-Berleburg", "Leutheusser-Großkreutz", "Schwarzenegger-Oberhuber",
)  # fmt: skip
FIRMS = (
    "Büro & Form", "Café Central", "Hotel Seeblick", "Gärtnerei Immergrün", "Praxis Dr. Kühn", "Kita Löwenzahn",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "Studio L'Atelier",
    "Werkstatt Nord", "Feinkost O'Hara", "Architekturbüro Größenwahn & Partner", "Yoga am Fluß",
)  # fmt: skip
FIRM_FORMS = ("GmbH", "AG", "e.K.", "GmbH & Co. KG", "B.V.", "S.r.l.", "SARL", "UG (haftungsbeschränkt)")

# Country, share of customers, days a parcel needs, how much likelier it is late, regions.
COUNTRIES = (
    ("DE", 0.58, 2, 1.0, ("Bayern", "Berlin", "Hamburg", "Hessen", "Nordrhein-Westfalen", "Sachsen")),
    ("AT", 0.12, 3, 1.1, ("Wien", "Steiermark", "Tirol", "Kärnten")),
    ("CH", 0.08, 4, 1.5, ("Zürich", "Bern", "Genève", "Graubünden")),
    ("NL", 0.08, 3, 1.0, ("Noord-Holland", "Utrecht", "Gelderland")),
    ("FR", 0.07, 4, 1.3, ("Île-de-France", "Provence-Alpes-Côte d'Azur", "Grand Est")),
    ("IT", 0.04, 5, 1.8, ("Lombardia", "Trentino-Alto Adige", "Lazio")),
    ("IE", 0.03, 6, 2.0, ("Leinster", "Munster")),
)
# Channel through which a customer was won: share, shift of log base hazard, shift of discount taste.
ACQUISITION = (
    ("search", 0.30, 0.00, 0.00), ("social", 0.20, 0.15, 0.05), ("referral", 0.13, -0.45, -0.05),
    ("voucher_portal", 0.12, 0.45, 0.25), ("store", 0.12, -0.15, -0.05), ("newsletter_partner", 0.08, 0.10, 0.05),
    ("marketplace", 0.05, 0.30, 0.00),
)  # fmt: skip
CONTACT_CHANNELS = ("email", "phone", "sms", "post", "push")
