"""What is said for figures, addresses and abbreviations, language by language."""

from __future__ import annotations

import time

import pytest

from voice.engine.reading.reader import Reader

ENGLISH = [
    # numbers
    ("It is 5.", "It is five."),
    ("1,234 people", "one thousand two hundred and thirty-four people"),
    ("About 3.5 or 0.05", "About three point five or zero point zero five"),
    ("-5 or −7", "minus five or minus seven"),
    ("~50 of them", "about fifty of them"),
    ("The 1st, 22nd and 3rd.", "The first, twenty-second and third."),
    ("25000 people", "twenty-five thousand people"),
    ("½ cup, 2½ hours, 3/4 done", "one half cup, two and a half hours, three quarters done"),
    ("24/7", "twenty-four seven"),
    ("Pages 9-12, 10–20 of them", "Pages nine to twelve, ten to twenty of them"),
    ("3 × 4 = 12", "three times four equals twelve"),
    ("Version 2.0.1", "Version two dot zero dot one"),
    (
        "Up 3.2x, a ratio of 16:9, 9/10",
        "Up three point two times, a ratio of sixteen to nine, nine out of ten",
    ),
    ("€1.234,50 is no English", "€1.234,50 is no English"),
    # years
    ("In 2026, 1999 and 1905.", "In twenty twenty-six, nineteen ninety-nine and nineteen oh-five."),
    ("The 1990s", "The nineteen nineties"),
    ("The 1900s", "The nineteen hundreds"),
    # money
    ("It costs $5.20.", "It costs five dollars and twenty cents."),
    (
        "$1,200.50 or $1 or $0.99",
        "one thousand two hundred dollars and fifty cents or one dollar or ninety-nine cents",
    ),
    ("$1.5 million, $10k", "one point five million dollars, ten thousand dollars"),
    ("$5-10, 20 €, £1, USD 5", "five to ten dollars, twenty euros, one pound, five dollars"),
    ("-$5, $5/month", "minus five dollars, five dollars per month"),
    # quantities
    ("10% or 3.5 %", "ten percent or three point five percent"),
    ("5–10 %", "five to ten percent"),
    (
        "5kg, 1 km, 2.5 GB, 20 °C",
        "five kilograms, one kilometer, two point five gigabytes, twenty degrees Celsius",
    ),
    ("100 km/h", "one hundred kilometers per hour"),
    # dates
    ("On 2026-11-24.", "On November twenty-fourth, twenty twenty-six."),
    ("11/24/2026", "November twenty-fourth, twenty twenty-six"),
    ("Nov 24 or Nov. 24, 2026", "November twenty-fourth or November twenty-fourth, twenty twenty-six"),
    ("May 2026, Nov 24-26", "May twenty twenty-six, November twenty-fourth to twenty-sixth"),
    ("24 November", "November twenty-fourth"),
    ("Mon-Fri", "Monday to Friday"),
    ("Monday–Friday, 9:00 a.m. – 5:30 p.m. only", "Monday to Friday, nine A M to five thirty P M only"),
    # times
    ("At 14:30 or 2 pm.", "At two thirty P M or two P M."),
    ("2:30 p.m. today, 9:05, 00:15", "two thirty P M today, nine oh five, twelve fifteen A M"),
    ("We close at 5 p.m.", "We close at five P M."),
    ("2-4 pm, 9am-5pm", "two to four P M, nine A M to five P M"),
    # telephone
    ("Call 555-1234.", "Call five five five, one two three four."),
    ("(555-1234)", "(five five five, one two three four)"),
    ("(+1 415 555 2671)", "(plus one, four one five, five five five, two six seven one)"),
    ("(2019-2020)", "(twenty nineteen to twenty twenty)"),
    ("(415) 555-2671", "four one five, five five five, two six seven one"),
    ("+1 415 555 2671", "plus one, four one five, five five five, two six seven one"),
    # codes
    ("Order number is 4711.", "Order number is four seven one one."),
    ("I order 1500 boxes", "I order fifteen hundred boxes"),
    ("#12345 and #5", "number one two three four five and number five"),
    ("AB-1234, LH123", "A B, one two three four, L H one two three"),
    ("MP3, COVID-19", "MP three, COVID nineteen"),
    ("#A-1029", "number A, one zero two nine"),
    ("978-3-16", "nine seven eight, three, one six"),
    ("007, 1234567", "zero zero seven, one two three, four five six seven"),
    # addresses
    ("Write to info@example.com.", "Write to info at example dot com."),
    ("j.doe_1@mail-co.io", "j dot doe underscore one at mail dash co dot I O"),
    ("Go to https://www.example.com/book. Thanks.", "Go to example dot com slash book. Thanks."),
    ("It is at https://example.com/a/b?c=d&e=1.", "It is at example dot com."),
    ("Visit example.com!", "Visit example dot com!"),
    ("Done.It is. Thanks.In a moment", "Done.It is. Thanks.In a moment"),
    # abbreviations
    ("Dr. Smith, e.g. today, etc.", "Doctor Smith, for example today, et cetera."),
    ("12 Main St. or St. James", "twelve Main Street or Saint James"),
    ("No. 5 & more", "number five and more"),
    ("Send it to 12 42nd St. today", "Send it to twelve forty-second Street today"),
    # numbers that are names
    (
        "Card 4111 1111 1111 1111.",
        "Card four one one one, one one one one, one one one one, one one one one.",
    ),
    (
        "Please dial 911 now, 911 people did",
        "Please dial nine one one now, nine hundred and eleven people did",
    ),
    ("Case #2026-0042.", "Case number two zero two six, zero zero four two."),
    # as people say it
    (
        "$25/hr, $15/mo. or more, 9/mo.",
        "twenty-five dollars per hour, fifteen dollars per month or more, nine per month.",
    ),
    ("a 5 lb. bag, 500 sq ft", "a five pound bag, five hundred square feet"),
    (
        "Nov 25–Dec 2, 1 p.m.-3 p.m. at Mt. Ida",
        "November twenty-fifth to December second, one P M to three P M at Mount Ida",
    ),
    ("a $20 fee of $20, a 5 km run", "a twenty dollar fee of twenty dollars, a five kilometer run"),
    ("1 1/2 cups, 4.5/5 stars", "one and a half cups, four point five out of five stars"),
    ("100+ people, C++ and A+", "one hundred plus people, C++ and A+"),
    ("the 90s, in the '80s, for 90s", "the nineties, in the eighties, for ninety seconds"),
    ("9 AM - 5 PM, 9:00 - 9:30", "nine A M to five P M, nine o'clock to nine thirty"),
    ("$5 - $10, Option 1 - 20 minutes", "five dollars to ten dollars, Option one - twenty minutes"),
    ("20%-30% off, 5% - 10 %", "twenty to thirty percent off, five to ten percent"),
    ("CA$20, 50¢", "twenty Canadian dollars, fifty cents"),
    ("Mon, Nov 24 and Sat 10:30", "Monday, November twenty-fourth and Saturday ten thirty"),
    ("2026-11-25T14:30:00Z", "November twenty-fifth, twenty twenty-six, two thirty P M"),
]
BRITISH = [
    ("11/12/2026", "the eleventh of December, twenty twenty-six"),
    ("on the 24 November", "on the twenty-fourth of November"),
]
GERMAN = [
    ("Das kostet 1.200,50 €.", "Das kostet eintausendzweihundert Euro fünfzig."),
    ("1 €, 5 EUR, 0,99 €", "ein Euro, fünf Euro, neunundneunzig Cent"),
    ("1,5 Mio. €", "eins Komma fünf Millionen Euro"),
    ("3,5 % von 12.345", "drei Komma fünf Prozent von zwölftausenddreihundertfünfundvierzig"),
    ("3.5 Sterne", "drei Komma fünf Sterne"),
    ("Am 24.11.2026.", "Am vierundzwanzigsten November zweitausendsechsundzwanzig."),
    ("der 1. Mai, am 3. Mai", "der erste Mai, am dritten Mai"),
    ("Der 2. Versuch", "Der zweite Versuch"),
    ("Es sind 2. Das reicht.", "Es sind zwei. Das reicht."),
    ("14:30 Uhr, 9-17 Uhr, 1 Uhr", "vierzehn Uhr dreißig, neun bis siebzehn Uhr, ein Uhr"),
    ("Tel. 030 1234567", "Telefon null drei null, eins zwei drei, vier fünf sechs sieben"),
    ("z. B. ca. 1 Std., usw.", "zum Beispiel circa eine Stunde, und so weiter."),
    ("Hauptstr. 5 bei Fr. Müller", "Hauptstraße fünf bei Frau Müller"),
    ("Bestellnummer 4711, 1999", "Bestellnummer vier sieben eins eins, neunzehnhundertneunundneunzig"),
    ("info@example.de", "info ät example Punkt D E"),
    ("Mo-Fr", "Montag bis Freitag"),
    ("Mo.–Fr. von 9 bis 17 Uhr", "Montag bis Freitag von neun bis siebzehn Uhr"),
    ("89,- € und 1 Cent, 1 Mio. Kunden", "neunundachtzig Euro und ein Cent, eine Million Kunden"),
    ("1 Person, 1 Tag, 3 x 4 m", "eine Person, ein Tag, drei mal vier Meter"),
    ("Die Nr. 12345", "Die Nummer eins zwei drei vier fünf"),
    ("20€-30€, 5 %-7 %", "zwanzig Euro bis dreißig Euro, fünf bis sieben Prozent"),
    ("Kundennr. 4711", "Kundennummer vier sieben eins eins"),
    ("1.000.000 Kunden, Version 2.0.1", "eine Million Kunden, Version zwei Punkt null Punkt eins"),
    ("Wählen Sie die 112. Die 110 Plätze", "Wählen Sie die eins eins zwei. Die einhundertzehn Plätze"),
    ("vom 1.-5. Mai", "vom ersten bis fünften Mai"),
    ("1 1/2 Stunden oder 2½", "eineinhalb Stunden oder zweieinhalb"),
    ("9:00 - 17:00 Uhr, Sa. 9–13 Uhr", "neun Uhr bis siebzehn Uhr, Samstag neun bis dreizehn Uhr"),
    ("So 3-4 Tage, So 10-12 Uhr", "So drei bis vier Tage, Sonntag zehn bis zwölf Uhr"),
    (
        "DE89 3704 0044 0532 0130 00",
        "D E acht neun, drei sieben null vier, null null vier vier, null fünf drei zwei, "
        "null eins drei null, null null",
    ),
]
FRENCH = [
    ("Ça coûte 1 200,50 €.", "Ça coûte mille deux cents euros cinquante."),
    ("1 €, 2 millions €", "un euro, deux millions d'euros"),
    ("Le 24/11/2026, le 1er mai", "Le vingt-quatre novembre deux mille vingt-six, le premier mai"),
    ("À 14h30, 1h, 21:00", "À quatorze heures trente, une heure, vingt et une heures"),
    ("Le 01 23 45 67 89.", "Le zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf."),
    ("M. Dupont, p. ex. n° 5", "Monsieur Dupont, par exemple numéro cinq"),
    ("Le 2e étage, 3,5 %", "Le deuxième étage, trois virgule cinq pour cent"),
    ("Du lun.–ven.", "Du lundi à vendredi."),
    ("9h - 18h", "neuf heures à dix-huit heures"),
    ("24h/24 et 7j/7", "vingt-quatre heures sur vingt-quatre et sept jours sur sept"),
    ("Le 31/12, 4,5/5", "Le trente et un décembre, quatre virgule cinq sur cinq"),
    ("1 personne, 21 nuits, 1 jour, 11 nuits", "une personne, vingt et une nuits, un jour, onze nuits"),
    ("Le code PIN 1234", "Le code PIN un deux trois quatre"),
]
SPANISH = [
    ("Cuesta 1.200,50 €.", "Cuesta mil doscientos euros con cincuenta céntimos."),
    ("1 €, 21 €, £21", "un euro, veintiún euros, veintiuna libras"),
    ("El 24/11/2026.", "El veinticuatro de noviembre de dos mil veintiséis."),
    ("El 3 de mayo de 2026", "El tres de mayo de dos mil veintiséis"),
    ("A las 14:30 o 2 pm", "A las catorce treinta o dos de la tarde"),
    ("912 345 678", "nueve uno dos, tres cuatro cinco, seis siete ocho"),
    ("La Sra. López, el 1.º, la 2.ª", "La señora López, el primero, la segunda"),
    ("3,5 %, 101 km", "tres coma cinco por ciento, ciento un kilómetros"),
    ("21 personas, 1 día", "veintiuna personas, un día"),
    ("De lun.–vie. a las 9:00", "De lunes a viernes a las nueve"),
    ("1.000.000 de euros", "un millón de euros"),
    ("El 31/12, el nº 4711", "El treinta y uno de diciembre, el número cuatro siete uno uno"),
]
MEXICAN = [
    (
        "Cuesta $1,200.50 o 3.5 %",
        "Cuesta mil doscientos pesos con cincuenta centavos o tres punto cinco por ciento",
    )
]
COLOMBIAN = [("Cuesta $1.200,50", "Cuesta mil doscientos pesos con cincuenta centavos")]
OF_THE_STATES = [("Cuesta $1,200.50", "Cuesta mil doscientos dólares con cincuenta centavos")]
UNKNOWN = [("Costa 5 €, vedi https://www.example.com/a/b?c.", "Costa 5 €, vedi example.com.")]
CASES = [
    (language, written, spoken)
    for language, cases in (
        *(("en-US", ENGLISH), ("en-GB", BRITISH), ("de-DE", GERMAN)),
        *(("fr-FR", FRENCH), ("es-ES", SPANISH), ("es-MX", MEXICAN), ("it-IT", UNKNOWN)),
        *(("es-CO", COLOMBIAN), ("es-US", OF_THE_STATES)),
    )
    for written, spoken in cases
]
PLAIN = [
    "Of course, I can help you with that.",
    "We said no. The end",
    "I may go. Sun and sat.",
    "e.g",
    "well-known and/or state-of-the-art",
    "",
    "私は元気です。",
]


@pytest.mark.parametrize(("language", "written", "spoken"), CASES)
def test_it_is_said_as_a_person_would_read_it(language: str, written: str, spoken: str) -> None:
    form = Reader(language).read(written)
    assert form.spoken == spoken
    assert form.written == written


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("language", ["en-US", "de-DE", "fr-FR", "es-ES", "it-IT"])
def test_what_is_words_already_is_left_alone(language: str, text: str) -> None:
    form = Reader(language).read(text)
    assert form.spoken == text


@pytest.mark.parametrize(
    "row", ["1", "1 ", "1.", "1-", "1,", "a.", "a-", "a_", "(1", "1/", "$1", "@a", "www.", "A1"]
)
@pytest.mark.parametrize("language", ["en-US", "de-DE", "fr-FR", "es-ES"])
def test_a_long_row_of_signs_takes_no_time(language: str, row: str) -> None:
    reader = Reader(language)
    began = time.process_time()
    reader.read(row * 500 + "!x")
    assert time.process_time() - began < 1.0
