"""What the agent says when its model has no part in it."""

from __future__ import annotations

from enum import StrEnum


class Line(StrEnum):
    REMINDER = "reminder"
    GOODBYE = "goodbye"
    TIME_IS_UP = "time_is_up"
    MINUTES_USED_UP = "minutes_used_up"
    SORRY = "sorry"
    CANNOT_HEAR = "cannot_hear"
    APOLOGY = "apology"
    FAREWELL = "farewell"
    PUTTING_THROUGH = "putting_through"
    NOBODY_ANSWERED = "nobody_answered"
    LINE_IS_BUSY = "line_is_busy"
    NOT_REACHED = "not_reached"


_LINES: dict[str, dict[Line, str]] = {
    "en": {
        Line.REMINDER: "Are you still there?",
        Line.GOODBYE: "I can't hear you any more, so I will hang up now. Goodbye.",
        Line.TIME_IS_UP: "Our time is up, so I have to end the call here. Goodbye.",
        Line.MINUTES_USED_UP: "I am sorry, the time for calls is used up, "
        "so I have to end this one here. Goodbye.",
        Line.SORRY: "Sorry, something went wrong on my side. Could you say that again?",
        Line.CANNOT_HEAR: "Sorry, I can't hear you because of a technical problem. Please call again later.",
        Line.APOLOGY: "I am sorry, we have a technical problem and cannot go on. "
        "Please call again later. Goodbye.",
        Line.FAREWELL: "Goodbye.",
        Line.PUTTING_THROUGH: "One moment please, I will put you through.",
        Line.NOBODY_ANSWERED: "I am sorry, nobody is answering there. What else can I do for you?",
        Line.LINE_IS_BUSY: "I am sorry, the line there is busy. What else can I do for you?",
        Line.NOT_REACHED: "I am sorry, that number could not be reached. What else can I do for you?",
    },
    "de": {
        Line.REMINDER: "Sind Sie noch da?",
        Line.GOODBYE: "Ich höre Sie leider nicht mehr und lege jetzt auf. Auf Wiederhören.",
        Line.TIME_IS_UP: "Unsere Zeit ist um, ich muss das Gespräch hier beenden. Auf Wiederhören.",
        Line.MINUTES_USED_UP: "Es tut mir leid, die Zeit für Anrufe ist aufgebraucht. "
        "Ich muss das Gespräch hier beenden. Auf Wiederhören.",
        Line.SORRY: "Entschuldigung, bei mir ist etwas schiefgegangen. Können Sie das bitte wiederholen?",
        Line.CANNOT_HEAR: "Entschuldigung, ich kann Sie wegen einer Störung nicht hören. "
        "Bitte rufen Sie später noch einmal an.",
        Line.APOLOGY: "Es tut mir leid, wegen einer Störung können wir nicht weitersprechen. "
        "Bitte rufen Sie später noch einmal an. Auf Wiederhören.",
        Line.FAREWELL: "Auf Wiederhören.",
        Line.PUTTING_THROUGH: "Einen Moment bitte, ich verbinde Sie.",
        Line.NOBODY_ANSWERED: "Es tut mir leid, dort meldet sich niemand. Was kann ich sonst für Sie tun?",
        Line.LINE_IS_BUSY: "Es tut mir leid, dort ist gerade besetzt. Was kann ich sonst für Sie tun?",
        Line.NOT_REACHED: "Es tut mir leid, der Anschluss ist nicht zu erreichen. "
        "Was kann ich sonst für Sie tun?",
    },
    "fr": {
        Line.REMINDER: "Vous êtes toujours là ?",
        Line.GOODBYE: "Je ne vous entends plus, je vais donc raccrocher. Au revoir.",
        Line.TIME_IS_UP: "Le temps est écoulé, je dois terminer l'appel ici. Au revoir.",
        Line.MINUTES_USED_UP: "Désolé, le temps prévu pour les appels est épuisé. "
        "Je dois terminer l'appel ici. Au revoir.",
        Line.SORRY: "Désolé, un problème est survenu de mon côté. Pouvez-vous répéter ?",
        Line.CANNOT_HEAR: "Désolé, un problème technique m'empêche de vous entendre. Rappelez plus tard.",
        Line.APOLOGY: "Désolé, un problème technique nous empêche de continuer. "
        "Rappelez plus tard. Au revoir.",
        Line.FAREWELL: "Au revoir.",
        Line.PUTTING_THROUGH: "Un instant, s'il vous plaît, je vous mets en relation.",
        Line.NOBODY_ANSWERED: "Désolé, personne ne répond là-bas. Que puis-je faire d'autre pour vous ?",
        Line.LINE_IS_BUSY: "Désolé, la ligne est occupée. Que puis-je faire d'autre pour vous ?",
        Line.NOT_REACHED: "Désolé, ce numéro n'est pas joignable. Que puis-je faire d'autre pour vous ?",
    },
    "es": {
        Line.REMINDER: "¿Sigue usted ahí?",
        Line.GOODBYE: "Ya no le oigo, así que voy a colgar. Adiós.",
        Line.TIME_IS_UP: "Se ha acabado el tiempo y tengo que terminar la llamada aquí. Adiós.",
        Line.MINUTES_USED_UP: "Lo siento, se ha agotado el tiempo para llamadas. "
        "Tengo que terminar la llamada aquí. Adiós.",
        Line.SORRY: "Perdón, algo ha fallado por mi parte. ¿Puede repetirlo?",
        Line.CANNOT_HEAR: "Perdón, un problema técnico me impide oírle. Vuelva a llamar más tarde.",
        Line.APOLOGY: "Lo siento, un problema técnico nos impide continuar. "
        "Vuelva a llamar más tarde. Adiós.",
        Line.FAREWELL: "Adiós.",
        Line.PUTTING_THROUGH: "Un momento, por favor, le paso.",
        Line.NOBODY_ANSWERED: "Lo siento, allí no contesta nadie. ¿Qué más puedo hacer por usted?",
        Line.LINE_IS_BUSY: "Lo siento, la línea está ocupada. ¿Qué más puedo hacer por usted?",
        Line.NOT_REACHED: "Lo siento, no se puede contactar con ese número. ¿Qué más puedo hacer por usted?",
    },
}


LANGUAGES = tuple(_LINES)


def written_in(language: str) -> str:
    """The language in which the lines are said to somebody: English where there is no translation."""
    main = language.split("-")[0].lower()
    return main if main in _LINES else "en"


def line(which: Line, language: str) -> str:
    return _LINES[written_in(language)][which]
