"""How figures are said in French."""

from __future__ import annotations

from voice.engine.reading.languages.language import HALVES, Currency, Language, Noun

_CENTIME = Noun("centime", "centimes")
_EURO = Currency(Noun("euro", "euros"), _CENTIME)
_DOLLAR = Currency(Noun("dollar", "dollars"), Noun("cent", "cents"))
_LIVRE = Currency(Noun("livre", "livres", is_feminine=True), Noun("penny", "pence"))
_FRANC = Currency(Noun("franc", "francs"), _CENTIME)
_YEN = Currency(Noun("yen", "yens"), Noun("sen", "sens"))
# What one counts most, and what most nouns of it end in.
_FEMININE = frozenset(
    """
    adresse bouteille boîte carte chambre commande facture fois heure journée ligne livre minute nuit page
    personne pièce place rue semaine seconde table voiture étoile
    """.split()
)
_FEMININE_ENDINGS = ("tion", "sion", "ité", "ée", "ette", "ance", "ence", "ure")


class French(Language):
    code = "fr"
    decimal_mark = ","
    group_marks = " .\u202f\u00a0"
    point = "virgule"
    minus = "moins"
    percent = "pour cent"
    until = "à"
    per = "par"
    about = "environ"
    equals = "égale"
    times = "fois"
    out_of = "sur"
    against = "à"
    and_ = "et"
    number = "numéro"
    at = "arobase"
    dot = "point"
    slash = "barre oblique"
    hyphen = "tiret"
    underscore = "tiret bas"
    scales = {each: each for each in ("millions", "million", "milliards", "milliard")}
    months = (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre"),
        *("octobre", "novembre", "décembre"),
    )
    short_months = {
        **{"janv": 1, "févr": 2, "fév": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "déc": 12},
    }
    weekdays = {
        **{"lun": "lundi", "mar": "mardi", "mer": "mercredi", "jeu": "jeudi", "ven": "vendredi"},
        **{"sam": "samedi", "dim": "dimanche"},
    }
    currencies = {
        **{"€": _EURO, "EUR": _EURO, "$": _DOLLAR, "USD": _DOLLAR, "US$": _DOLLAR, "£": _LIVRE},
        **{"GBP": _LIVRE, "CHF": _FRANC, "¥": _YEN},
    }
    units = {
        "km/h": Noun("kilomètre heure", "kilomètres heure"),
        "mm": Noun("millimètre", "millimètres"),
        "cm": Noun("centimètre", "centimètres"),
        "m": Noun("mètre", "mètres"),
        "km": Noun("kilomètre", "kilomètres"),
        "m²": Noun("mètre carré", "mètres carrés"),
        "m³": Noun("mètre cube", "mètres cubes"),
        "mg": Noun("milligramme", "milligrammes"),
        "g": Noun("gramme", "grammes"),
        "kg": Noun("kilo", "kilos"),
        "ml": Noun("millilitre", "millilitres"),
        "l": Noun("litre", "litres"),
        "L": Noun("litre", "litres"),
        "ms": Noun("milliseconde", "millisecondes", is_feminine=True),
        "s": Noun("seconde", "secondes", is_feminine=True),
        "min": Noun("minute", "minutes", is_feminine=True),
        "j": Noun("jour", "jours"),
        "ko": Noun("kilooctet", "kilooctets"),
        "Mo": Noun("mégaoctet", "mégaoctets"),
        "Go": Noun("gigaoctet", "gigaoctets"),
        "Hz": Noun("hertz", "hertz"),
        "W": Noun("watt", "watts"),
        "kW": Noun("kilowatt", "kilowatts"),
        "kWh": Noun("kilowattheure", "kilowattheures"),
        "V": Noun("volt", "volts"),
        "°C": Noun("degré", "degrés"),
        "°": Noun("degré", "degrés"),
    }
    fractions = {
        **{"½": "un demi", "¼": "un quart", "¾": "trois quarts", "⅓": "un tiers", "⅔": "deux tiers"},
        **{
            "1/2": "un demi",
            "1/4": "un quart",
            "3/4": "trois quarts",
            "1/3": "un tiers",
            "2/3": "deux tiers",
        },
    }
    abbreviations = {
        "M.": "Monsieur",
        "MM.": "Messieurs",
        "Mme": "Madame",
        "Mmes": "Mesdames",
        "Mlle": "Mademoiselle",
        "Dr": "Docteur",
        "Dr.": "Docteur",
        "Pr": "Professeur",
        "p. ex.": "par exemple",
        "p.ex.": "par exemple",
        "c.-à-d.": "c'est-à-dire",
        "etc.": "et cetera",
        "env.": "environ",
        "max.": "maximum",
        "min.": "minimum",
        "tél.": "téléphone",
        "Tél.": "téléphone",
        "av.": "avenue",
        "bd": "boulevard",
        "n°": "numéro",
        "N°": "numéro",
        "Cie": "compagnie",
        "s.v.p.": "s'il vous plaît",
        "SVP": "s'il vous plaît",
        "RDV": "rendez-vous",
        "St": "Saint",
        "Ste": "Sainte",
    }
    code_words = (
        "commande",
        "code",
        "numéro",
        "n°",
        "référence",
        "facture",
        "dossier",
        "réservation",
        "chambre",
        "vol",
        "pin",
        "#",
    )
    before_names = frozenset({"M.", "St", "Ste", "Dr", "Pr"})
    ordinal_pattern = r"(\d{1,4})(er|ère|re|e|ème|nde?)(?!\w)"

    def ordinal(self, number: int, ending: str = "", word_before: str = "") -> str:
        if number == 1:
            return "première" if ending in ("re", "ère") else "premier"
        if number == 2 and ending.startswith("nd"):
            return "second" if ending == "nd" else "seconde"
        return super().ordinal(number)

    def before_noun(self, number: str, noun: str) -> str:
        noun = noun.lower()
        one = noun if noun in _FEMININE else noun.removesuffix("s")
        is_feminine = one in _FEMININE or one.endswith(_FEMININE_ENDINGS)
        if not number.isdecimal() or len(number) > 3 or not is_feminine:
            return ""
        words = self.cardinal(int(number))
        return words + "e" if words.split()[-1].split("-")[-1] == "un" else ""

    def mixed(self, number: int, fraction: str) -> str:
        half = "demi" if fraction in HALVES else self.fractions[fraction]
        return f"{self.cardinal(number)} et {half}"

    def is_year(self, number: int) -> bool:
        return False

    def counting(self, number: int, noun: Noun) -> str:
        words = self.cardinal(number)
        ends_in_one = words.split()[-1] == "un"
        return words + "e" if noun.is_feminine and ends_in_one else words

    def is_one(self, number: int) -> bool:
        return number < 2

    def money(self, whole: int, hundredths: int, currency: Currency) -> str:
        if not whole or not hundredths:
            return super().money(whole, hundredths, currency)
        return f"{self.counted(whole, currency.unit)} {self.cardinal(hundredths)}"

    def scaled_money(self, number: str, scale: str, currency: Currency) -> str:
        of = "d'" if currency.unit.many[0] in "aeiouy" else "de "
        return f"{number} {scale} {of}{currency.unit.many}"

    def day(self, day: int, word_before: str = "") -> str:
        return "premier" if day == 1 else self.cardinal(day)

    def date(self, days: str, month: int, year: int | None) -> str:
        said = f"{days} {self.months[month - 1]}"
        return said if year is None else f"{said} {self.year(year)}"

    def clock(self, hour: int, minute: int, half: str) -> str:
        said = self.counted(hour, Noun("heure", "heures", is_feminine=True))
        return f"{said} {self.cardinal(minute)}" if minute else said

    def phone_group(self, digits: str) -> list[str]:
        """Pairs are said as numbers; "06" as zero six."""
        if len(digits) != 2 or digits[0] == "0":
            return super().phone_group(digits)
        return [self.cardinal(int(digits))]
