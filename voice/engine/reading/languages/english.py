"""How figures are said in English."""

from __future__ import annotations

from voice.engine.reading.languages.language import Currency, Language, Noun

_CENT = Noun("cent", "cents")
_DOLLARS = Currency(Noun("dollar", "dollars"), _CENT)
_EUROS = Currency(Noun("euro", "euros"), _CENT)
_POUNDS = Currency(Noun("pound", "pounds"), Noun("penny", "pence"))
_YEN = Currency(Noun("yen", "yen"), _CENT)
_FRANCS = Currency(Noun("franc", "francs"), Noun("centime", "centimes"))
_CANADIAN = Currency(Noun("Canadian dollar", "Canadian dollars"), _CENT)
_AUSTRALIAN = Currency(Noun("Australian dollar", "Australian dollars"), _CENT)
_RUPEES = Currency(Noun("rupee", "rupees"), Noun("paisa", "paise"))


class English(Language):
    is_month_first = True
    months = (
        *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
        *("October", "November", "December"),
    )
    short_months = {
        **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9},
        **{"oct": 10, "nov": 11, "dec": 12},
    }
    weekdays = {
        **{"mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday"},
        **{"thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"},
    }
    currencies = {
        **{"$": _DOLLARS, "US$": _DOLLARS, "USD": _DOLLARS, "€": _EUROS, "EUR": _EUROS, "£": _POUNDS},
        **{"GBP": _POUNDS, "¥": _YEN, "JPY": _YEN, "CHF": _FRANCS, "₹": _RUPEES, "INR": _RUPEES},
        **{"CA$": _CANADIAN, "C$": _CANADIAN, "CAD": _CANADIAN, "AU$": _AUSTRALIAN, "A$": _AUSTRALIAN},
        **{"AUD": _AUSTRALIAN, "¢": Currency(_CENT, _CENT)},
    }
    units = {
        "km/h": Noun("kilometer per hour", "kilometers per hour"),
        "mph": Noun("mile per hour", "miles per hour"),
        "mm": Noun("millimeter", "millimeters"),
        "cm": Noun("centimeter", "centimeters"),
        "m": Noun("meter", "meters"),
        "km": Noun("kilometer", "kilometers"),
        "m²": Noun("square meter", "square meters"),
        "m³": Noun("cubic meter", "cubic meters"),
        "sq ft": Noun("square foot", "square feet"),
        "sq. ft.": Noun("square foot", "square feet"),
        "ft": Noun("foot", "feet"),
        "mi": Noun("mile", "miles"),
        "mg": Noun("milligram", "milligrams"),
        "g": Noun("gram", "grams"),
        "kg": Noun("kilogram", "kilograms"),
        "lb": Noun("pound", "pounds"),
        "lbs": Noun("pound", "pounds"),
        "oz": Noun("ounce", "ounces"),
        "ml": Noun("milliliter", "milliliters"),
        "l": Noun("liter", "liters"),
        "L": Noun("liter", "liters"),
        "ms": Noun("millisecond", "milliseconds"),
        "s": Noun("second", "seconds"),
        "sec": Noun("second", "seconds"),
        "min": Noun("minute", "minutes"),
        "mins": Noun("minute", "minutes"),
        "h": Noun("hour", "hours"),
        "hr": Noun("hour", "hours"),
        "hrs": Noun("hour", "hours"),
        "kB": Noun("kilobyte", "kilobytes"),
        "KB": Noun("kilobyte", "kilobytes"),
        "MB": Noun("megabyte", "megabytes"),
        "GB": Noun("gigabyte", "gigabytes"),
        "TB": Noun("terabyte", "terabytes"),
        "Mbps": Noun("megabit per second", "megabits per second"),
        "Hz": Noun("hertz", "hertz"),
        "kHz": Noun("kilohertz", "kilohertz"),
        "W": Noun("watt", "watts"),
        "kW": Noun("kilowatt", "kilowatts"),
        "kWh": Noun("kilowatt hour", "kilowatt hours"),
        "V": Noun("volt", "volts"),
        "°C": Noun("degree Celsius", "degrees Celsius"),
        "°F": Noun("degree Fahrenheit", "degrees Fahrenheit"),
        "°": Noun("degree", "degrees"),
    }
    fractions = {
        **{"½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds"},
        **{"1/2": "one half", "1/4": "one quarter", "3/4": "three quarters", "1/3": "one third"},
        "2/3": "two thirds",
    }
    abbreviations = {
        "Dr.": "Doctor",
        "Mr.": "Mister",
        "Mrs.": "Missus",
        "Ms.": "Miz",
        "Prof.": "Professor",
        "Jr.": "Junior",
        "Sr.": "Senior",
        "e.g.": "for example",
        "i.e.": "that is",
        "etc.": "et cetera",
        "vs.": "versus",
        "approx.": "approximately",
        "incl.": "including",
        "dept.": "department",
        "apt.": "apartment",
        "ext.": "extension",
        "Ext.": "extension",
        "Mt.": "Mount",
        "max.": "maximum",
        "min.": "minimum",
        "tel.": "telephone",
        "Tel.": "telephone",
        "St.": "Street",
        "Inc.": "Incorporated",
        "Ltd.": "Limited",
        "Ave.": "Avenue",
        "Blvd.": "Boulevard",
        "Rd.": "Road",
        "w/": "with",
        "w/o": "without",
        "a.m.": "A M",
        "p.m.": "P M",
    }
    code_words = (
        *("order", "code", "pin", "number", "no.", "reference", "ref.", "invoice", "ticket", "booking"),
        *("account", "confirmation", "tracking", "zip", "ext.", "extension", "room", "flight", "id", "#"),
    )
    phone_pattern = r"(?:1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}|\d{3}-\d{4}|1-\d{3}-\d{3}-\d{4}"
    short_for = {
        **{"hr": "hour", "h": "hour", "min": "minute", "mo": "month", "yr": "year", "wk": "week"},
        **{"lb": "pound", "sq ft": "square foot"},
    }
    short_numbers = (
        r"(?i)(?<!\w)(?:call|dial|text)(?:ing|ling|ed)?\s+([2-9]11|988|999|11[12]|101|000)(?![\w-]|[.,]\d)"
    )
    scales = {
        **{"thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion"},
        **{"k": "thousand", "K": "thousand", "M": "million", "m": "million", "bn": "billion", "B": "billion"},
    }

    def abbreviation(self, written: str, before: str, after: str) -> str:
        if written != "St.":
            return super().abbreviation(written, before, after)
        # "12 Main St." but "St. James".
        name = before.split()[-1:]
        # "42nd St." too.
        return "Street" if name and (name[0][0].isupper() or name[0][0].isdigit()) else "Saint"


class BritishEnglish(English):
    is_month_first = False

    def day(self, day: int, word_before: str = "") -> str:
        return self.ordinal(day) if word_before == "the" else f"the {self.ordinal(day)}"

    def date(self, days: str, month: int, year: int | None) -> str:
        said = f"{days} of {self.months[month - 1]}"
        return said if year is None else f"{said}, {self.year(year)}"
