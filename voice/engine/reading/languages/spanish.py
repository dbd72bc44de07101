"""How figures are said in Spanish."""

from __future__ import annotations

import re

from voice.engine.reading.languages.language import HALVES, Currency, Language, Noun

_CENTIMO = Noun("céntimo", "céntimos")
_CENTAVO = Noun("centavo", "centavos")
_EURO = Currency(Noun("euro", "euros"), _CENTIMO)
_DOLAR = Currency(Noun("dólar", "dólares"), _CENTAVO)
_LIBRA = Currency(Noun("libra", "libras", is_feminine=True), Noun("penique", "peniques"))
_FRANCO = Currency(Noun("franco", "francos"), _CENTIMO)
_PESO = Currency(Noun("peso", "pesos"), _CENTAVO)
_YEN = Currency(Noun("yen", "yenes"), Noun("sen", "sen"))
_MASCULINE_IN_A = frozenset({"día", "mapa", "problema", "programa", "sistema", "tema", "idioma"})
_ONE = {"uno": "un", "veintiuno": "veintiún"}


class Spanish(Language):
    code = "es"
    decimal_mark = ","
    group_marks = ". \u202f\u00a0"
    point = "coma"
    minus = "menos"
    plus = "más"
    percent = "por ciento"
    until = "a"
    per = "por"
    about = "unos"
    equals = "igual a"
    times = "por"
    out_of = "de"
    against = "a"
    and_ = "y"
    number = "número"
    at = "arroba"
    dot = "punto"
    slash = "barra"
    hyphen = "guion"
    underscore = "guion bajo"
    scales = {each: each for each in ("millones", "millón", "mil")}
    months = (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre"),
        *("octubre", "noviembre", "diciembre"),
    )
    short_months = {
        **{"ene": 1, "feb": 2, "abr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "sept": 9, "sep": 9},
        **{"oct": 10, "nov": 11, "dic": 12},
    }
    weekdays = {
        **{"lun": "lunes", "mar": "martes", "mié": "miércoles", "jue": "jueves", "vie": "viernes"},
        **{"sáb": "sábado", "dom": "domingo"},
    }
    currencies = {
        **{"€": _EURO, "EUR": _EURO, "$": _DOLAR, "USD": _DOLAR, "US$": _DOLAR, "£": _LIBRA},
        **{"GBP": _LIBRA, "CHF": _FRANCO, "¥": _YEN},
    }
    units = {
        "km/h": Noun("kilómetro por hora", "kilómetros por hora"),
        "mm": Noun("milímetro", "milímetros"),
        "cm": Noun("centímetro", "centímetros"),
        "m": Noun("metro", "metros"),
        "km": Noun("kilómetro", "kilómetros"),
        "m²": Noun("metro cuadrado", "metros cuadrados"),
        "m³": Noun("metro cúbico", "metros cúbicos"),
        "mg": Noun("miligramo", "miligramos"),
        "g": Noun("gramo", "gramos"),
        "kg": Noun("kilo", "kilos"),
        "ml": Noun("mililitro", "mililitros"),
        "l": Noun("litro", "litros"),
        "ms": Noun("milisegundo", "milisegundos"),
        "s": Noun("segundo", "segundos"),
        "min": Noun("minuto", "minutos"),
        "h": Noun("hora", "horas", is_feminine=True),
        "kB": Noun("kilobyte", "kilobytes"),
        "MB": Noun("megabyte", "megabytes"),
        "GB": Noun("gigabyte", "gigabytes"),
        "Hz": Noun("hercio", "hercios"),
        "W": Noun("vatio", "vatios"),
        "kW": Noun("kilovatio", "kilovatios"),
        "kWh": Noun("kilovatio hora", "kilovatios hora"),
        "V": Noun("voltio", "voltios"),
        "°C": Noun("grado", "grados"),
        "°": Noun("grado", "grados"),
    }
    fractions = {
        **{"½": "un medio", "¼": "un cuarto", "¾": "tres cuartos", "⅓": "un tercio", "⅔": "dos tercios"},
        **{"1/2": "un medio", "1/4": "un cuarto", "3/4": "tres cuartos", "1/3": "un tercio"},
        "2/3": "dos tercios",
    }
    abbreviations = {
        "Sr.": "señor",
        "Sra.": "señora",
        "Srta.": "señorita",
        "Sres.": "señores",
        "Dr.": "doctor",
        "Dra.": "doctora",
        "Ud.": "usted",
        "Uds.": "ustedes",
        "Vd.": "usted",
        "p. ej.": "por ejemplo",
        "p.ej.": "por ejemplo",
        "etc.": "etcétera",
        "aprox.": "aproximadamente",
        "máx.": "máximo",
        "mín.": "mínimo",
        "tel.": "teléfono",
        "Tel.": "teléfono",
        "tfno.": "teléfono",
        "Avda.": "avenida",
        "Av.": "avenida",
        "avda.": "avenida",
        "C/": "calle",
        "núm.": "número",
        "nº": "número",
        "n.º": "número",
        "n.°": "número",
        "pág.": "página",
        "EE. UU.": "Estados Unidos",
        "EE.UU.": "Estados Unidos",
    }
    code_words = (
        "pedido",
        "código",
        "número",
        "nº",
        "n.º",
        "referencia",
        "factura",
        "habitación",
        "vuelo",
        "pin",
        "#",
    )
    phone_pattern = r"[6-9]\d{1,2}(?:[ .-]\d{2,3}){2,3}"
    ordinal_pattern = r"(\d{1,4})(\.?[ºª°]|\.?er)(?!\w)"

    def ordinal(self, number: int, ending: str = "", word_before: str = "") -> str:
        words = super().ordinal(number)
        if "ª" in ending:
            return " ".join(re.sub(r"o$", "a", word) for word in words.split())
        return re.sub(r"(prim|terc)ero$", r"\1er", words) if ending.endswith("er") else words

    def before_noun(self, number: str, noun: str) -> str:
        is_one = number.isdecimal() and len(number) < 4 and int(number) % 10 == 1 and int(number) % 100 != 11
        if not is_one or not noun.isalpha() or len(noun) < 3:
            return ""
        is_feminine = noun.endswith(("a", "as", "ción")) and noun.removesuffix("s") not in _MASCULINE_IN_A
        return self.counting(int(number), Noun(noun, noun, is_feminine))

    def mixed(self, number: int, fraction: str) -> str:
        half = "medio" if fraction in HALVES else self.fractions[fraction]
        return f"{self.cardinal(number)} y {half}"

    def is_year(self, number: int) -> bool:
        return False

    def counting(self, number: int, noun: Noun) -> str:
        *before, last = self.cardinal(number).split()
        if noun.is_feminine:
            words = [re.sub(r"cientos$", "cientas", word) for word in (*before, last)]
            words[-1] = re.sub(r"uno$", "una", words[-1])
            return " ".join(words)
        return " ".join((*before, _ONE.get(last, last)))

    def money(self, whole: int, hundredths: int, currency: Currency) -> str:
        if not whole or not hundredths:
            return super().money(whole, hundredths, currency)
        small = self.counted(hundredths, currency.hundredth)
        return f"{self.counted(whole, currency.unit)} con {small}"

    def scaled_money(self, number: str, scale: str, currency: Currency) -> str:
        of = "" if scale == "mil" else "de "
        return f"{number} {scale} {of}{currency.unit.many}"

    def day(self, day: int, word_before: str = "") -> str:
        return self.cardinal(day)

    def date(self, days: str, month: int, year: int | None) -> str:
        said = f"{days} de {self.months[month - 1]}"
        return said if year is None else f"{said} de {self.year(year)}"

    def month_and_year(self, month: int, year: int) -> str:
        return f"{self.months[month - 1]} de {self.year(year)}"

    def clock(self, hour: int, minute: int, half: str) -> str:
        noun = Noun("hora", "horas", is_feminine=True)
        words = self.counting(hour, noun)
        ending = {"a": " de la mañana", "p": " de la tarde", "": ""}[half]
        if not minute:
            return words + ending
        return f"{words} {self.cardinal(minute)}{ending}"

    def short_hour(self, hour: int, half: str) -> str:
        return (
            self.counted(hour, Noun("hora", "horas", is_feminine=True))
            if not half
            else self.clock(hour, 0, half)
        )


class AmericanSpanish(Spanish):
    """Of the United States and Central America, where numbers are written as in English."""

    decimal_mark = "."
    group_marks = ", \u202f\u00a0"
    point = "punto"
    currencies = Spanish.currencies | {"MXN": _PESO}


class MexicanSpanish(AmericanSpanish):
    """Its prices are in pesos, and are written as dollars are."""

    currencies = AmericanSpanish.currencies | {"$": _PESO}


class SouthAmericanSpanish(Spanish):
    """The same, with numbers as in Spain."""

    currencies = Spanish.currencies | {"$": _PESO}
