"""How figures are said in German."""

from __future__ import annotations

from voice.engine.reading.languages.language import HALVES, Currency, Language, Noun

_CENT = Noun("Cent", "Cent")
_EURO = Currency(Noun("Euro", "Euro"), _CENT)
_DOLLAR = Currency(Noun("Dollar", "Dollar"), _CENT)
_PFUND = Currency(Noun("Pfund", "Pfund"), Noun("Penny", "Pence"))
_FRANKEN = Currency(Noun("Franken", "Franken"), Noun("Rappen", "Rappen"))
_YEN = Currency(Noun("Yen", "Yen"), _CENT)
# Most nouns with these endings are feminine.
_FEMININE = ("e", "ung", "heit", "keit", "ion", "tät", "schaft", "Person", "Nacht", "Frau")
_NOMINATIVE = ("der", "die", "das")


class German(Language):
    code = "de"
    decimal_mark = ","
    group_marks = ". '\u202f\u00a0"
    point = "Komma"
    percent = "Prozent"
    until = "bis"
    per = "pro"
    about = "etwa"
    equals = "gleich"
    times = "mal"
    out_of = "von"
    against = "zu"
    and_ = "und"
    number = "Nummer"
    at = "ät"
    dot = "Punkt"
    slash = "Schrägstrich"
    hyphen = "Bindestrich"
    underscore = "Unterstrich"
    scales = {
        **{"Millionen": "Millionen", "Million": "Million", "Mio.": "Millionen", "Mio": "Millionen"},
        **{"Milliarden": "Milliarden", "Milliarde": "Milliarde", "Mrd.": "Milliarden", "Mrd": "Milliarden"},
        "Tsd.": "tausend",
    }
    months = (
        *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"),
        *("Oktober", "November", "Dezember"),
    )
    short_months = {
        **{"jan": 1, "jän": 1, "feb": 2, "mär": 3, "mrz": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8},
        **{"sep": 9, "sept": 9, "okt": 10, "nov": 11, "dez": 12},
    }
    weekdays = {
        **{"mo": "Montag", "di": "Dienstag", "mi": "Mittwoch", "do": "Donnerstag", "fr": "Freitag"},
        **{"sa": "Samstag", "so": "Sonntag"},
    }
    currencies = {
        **{"€": _EURO, "EUR": _EURO, "Euro": _EURO, "$": _DOLLAR, "USD": _DOLLAR, "US$": _DOLLAR},
        **{"£": _PFUND, "GBP": _PFUND, "CHF": _FRANKEN, "¥": _YEN},
    }
    units = {
        "km/h": Noun("Kilometer pro Stunde", "Kilometer pro Stunde"),
        "mm": Noun("Millimeter", "Millimeter"),
        "cm": Noun("Zentimeter", "Zentimeter"),
        "m": Noun("Meter", "Meter"),
        "km": Noun("Kilometer", "Kilometer"),
        "m²": Noun("Quadratmeter", "Quadratmeter"),
        "qm": Noun("Quadratmeter", "Quadratmeter"),
        "m³": Noun("Kubikmeter", "Kubikmeter"),
        "mg": Noun("Milligramm", "Milligramm"),
        "g": Noun("Gramm", "Gramm"),
        "kg": Noun("Kilogramm", "Kilogramm"),
        "ml": Noun("Milliliter", "Milliliter"),
        "l": Noun("Liter", "Liter"),
        "ms": Noun("Millisekunde", "Millisekunden", is_feminine=True),
        "s": Noun("Sekunde", "Sekunden", is_feminine=True),
        "Sek.": Noun("Sekunde", "Sekunden", is_feminine=True),
        "min": Noun("Minute", "Minuten", is_feminine=True),
        "Min.": Noun("Minute", "Minuten", is_feminine=True),
        "Std.": Noun("Stunde", "Stunden", is_feminine=True),
        "h": Noun("Stunde", "Stunden", is_feminine=True),
        "kB": Noun("Kilobyte", "Kilobyte"),
        "MB": Noun("Megabyte", "Megabyte"),
        "GB": Noun("Gigabyte", "Gigabyte"),
        "TB": Noun("Terabyte", "Terabyte"),
        "Hz": Noun("Hertz", "Hertz"),
        "kHz": Noun("Kilohertz", "Kilohertz"),
        "W": Noun("Watt", "Watt"),
        "kW": Noun("Kilowatt", "Kilowatt"),
        "kWh": Noun("Kilowattstunde", "Kilowattstunden", is_feminine=True),
        "V": Noun("Volt", "Volt"),
        "Cent": Noun("Cent", "Cent"),
        "Mio.": Noun("Million", "Millionen", is_feminine=True),
        "Mrd.": Noun("Milliarde", "Milliarden", is_feminine=True),
        "°C": Noun("Grad Celsius", "Grad Celsius"),
        "°": Noun("Grad", "Grad"),
    }
    fractions = {
        **{"½": "ein halb", "¼": "ein Viertel", "¾": "drei Viertel", "⅓": "ein Drittel", "⅔": "zwei Drittel"},
        **{"1/2": "ein halb", "1/4": "ein Viertel", "3/4": "drei Viertel", "1/3": "ein Drittel"},
        "2/3": "zwei Drittel",
    }
    abbreviations = {
        "Dr.": "Doktor",
        "Prof.": "Professor",
        "Hr.": "Herr",
        "Fr.": "Frau",
        "z. B.": "zum Beispiel",
        "z.B.": "zum Beispiel",
        "u. U.": "unter Umständen",
        "u.U.": "unter Umständen",
        "m.E.": "meines Erachtens",
        "u.v.m.": "und vieles mehr",
        "d. h.": "das heißt",
        "d.h.": "das heißt",
        "u. a.": "unter anderem",
        "u.a.": "unter anderem",
        "i. d. R.": "in der Regel",
        "i.d.R.": "in der Regel",
        "z. T.": "zum Teil",
        "z.T.": "zum Teil",
        "s. o.": "siehe oben",
        "o. Ä.": "oder Ähnliches",
        "usw.": "und so weiter",
        "etc.": "et cetera",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
        "evtl.": "eventuell",
        "ggf.": "gegebenenfalls",
        "inkl.": "inklusive",
        "zzgl.": "zuzüglich",
        "exkl.": "exklusive",
        "max.": "maximal",
        "mind.": "mindestens",
        "min.": "mindestens",
        "Nr.": "Nummer",
        "Tel.": "Telefon",
        "Str.": "Straße",
        "St.": "Sankt",
        "vgl.": "vergleiche",
        "Mio.": "Millionen",
        "Mrd.": "Milliarden",
        "MwSt.": "Mehrwertsteuer",
        "Std.": "Stunden",
        "Min.": "Minuten",
        "Sek.": "Sekunden",
    }
    code_words = (
        *("bestellnummer", "kundennummer", "auftragsnummer", "rechnungsnummer", "code", "pin", "nummer"),
        *(
            "bestellnr.",
            "kundennr.",
            "auftragsnr.",
            "rechnungsnr.",
            "nr.",
            "plz",
            "postleitzahl",
            "zimmer",
            "flug",
            "#",
        ),
    )
    # "Die 110 Plätze" are counted.
    short_numbers = (
        r"(?<!\w)(?:[Dd]ie|[Dd]er|[Uu]nter|Notruf(?:nummer)?|Nummer)\s+(11[0256])"
        r"(?![\w-]|[.,]\d|\s[A-ZÄÖÜ\d])"
    )
    word_endings = {"str.": "straße", "nr.": "nummer"}
    before_names = frozenset({"Fr.", "Hr.", "St."})
    # Only behind an article: elsewhere the point may end a sentence.
    ordinal_pattern = (
        r"(?:(?<=[Dd]e[rmn] )|(?<=[Dd]ie )|(?<=[Dd]as )|(?<=[AaIi]m )|(?<=[Vv]om )|(?<=[Zz]um ))"
        r"(\d{1,3})(\.)(?= ?[^\W\d])"
    )

    def ordinal(self, number: int, ending: str = "", word_before: str = "") -> str:
        return super().ordinal(number) + ("" if word_before in _NOMINATIVE else "n")

    def is_year(self, number: int) -> bool:
        return 1100 <= number <= 1999

    def counting(self, number: int, noun: Noun) -> str:
        words = self.cardinal(number)
        if number == 1:
            return "eine" if noun.is_feminine else "ein"
        return words

    def before_noun(self, number: str, noun: str) -> str:
        if number != "1" or not noun[:1].isupper():
            return ""
        return "eine" if noun.endswith(_FEMININE) else "ein"

    def mixed(self, number: int, fraction: str) -> str:
        if fraction in HALVES:
            return ("ein" if number == 1 else self.cardinal(number)) + "einhalb"
        return f"{self.cardinal(number)} {self.fractions[fraction]}"

    def money(self, whole: int, hundredths: int, currency: Currency) -> str:
        if not whole or not hundredths:
            return super().money(whole, hundredths, currency)
        return f"{self.counted(whole, currency.unit)} {self.cardinal(hundredths)}"

    def day(self, day: int, word_before: str = "") -> str:
        return self.ordinal(day, word_before=word_before)

    def date(self, days: str, month: int, year: int | None) -> str:
        said = f"{days} {self.months[month - 1]}"
        return said if year is None else f"{said} {self.year(year)}"

    def clock(self, hour: int, minute: int, half: str) -> str:
        words = "ein" if hour == 1 else self.cardinal(hour)
        return f"{words} Uhr {self.cardinal(minute)}" if minute else f"{words} Uhr"
