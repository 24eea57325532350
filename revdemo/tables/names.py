"""What the names of columns say: texts, ratings, or something else beside reviews. Data and ranks."""

import re

# Words in the names of columns that hold texts, those that say it most first.
TEXT_NAMES = (
    ("review_text", "text_review", "review_body", "review_content", "review_detail", "review_comment",
     "review_description", "reviews_text", "full_review"),
    ("text", "review", "content", "body", "reviews", "comment", "comments", "feedback", "sentence", "tweet",
     "opinion", "message", "texto", "reseña", "comentario", "rezension", "kommentar", "avis", "commentaire",
     "opinión", "opiniones", "testo", "recensione", "recensioni", "recensie", "recenzja", "recenze", "opinia",
     "opinie", "resenha", "avaliações", "anmeldelse", "omdöme", "recension", "arvostelu", "yorum", "ulasan",
     "meinung", "rezensionstext", "bewertungstext", "отзыв", "отзывы", "комментарий", "текст", "评论", "评价",
     "مراجعة", "المراجعة", "تعليق", "ביקורת", "תגובה", "รีวิว", "समीक्षा", "κριτική", "σχόλιο",
     "レビュー", "クチコミ", "口コミ", "리뷰", "후기"),
    ("description", "answer_text", "post", "note_text", "remarks", "verbatim", "summary", "pros", "cons"),
)  # fmt: skip
REVIEWLIKE = {"review", "reviews", "text", "comment", "comments", "feedback", "opinion", "content", "body"}
NOT_TEXT = frozenset(
    """id ids url link href image photo date time user author nickname email reply replies response
    responses answer owner seller shop manager management host address tags category categories language
    hash count length number sentiment label score rating stars""".split()  # noqa: SIM905
)
REPLIES = frozenset(
    """reply replies response responses answer answers owner seller manager management host antwort antworten
    inhaber verkäufer händler respuesta respuestas propietario vendedor réponse réponses propriétaire
    vendeur risposta risposte proprietario venditore resposta respostas antwoord odpowiedź ответ ответы svar
    vastaus yanıt cevap 返信 返答 답글 답변 回复 商家回复""".split()  # noqa: SIM905
)
DESCRIBED = {
    "product",
    "item",
    "book",
    "movie",
    "film",
    "hotel",
    "app",
    "plot",
    "company",
    "store",
    "category",
}
WRITERS = {"user", "author", "shop"}  # who say nothing of a text that is called a review too

# Whole names of columns of ratings, those that say it most first; other names by their words.
RATING_NAMES = ("stars", "star", "rating", "star_rating", "review_rating", "review_stars", "score", "overall",
                "overall_rating", "ratings", "review_score", "rate", "rated", "label")  # fmt: skip
RATING_WORDS = frozenset(
    """star stars rating ratings score overall rate rated grade points label bewertung sterne note nota
    puntuación puntuacion calificación calificacion valoración estrellas étoiles etoiles punteggio voto
    valutazione stelle avaliação estrelas ocena оценка рейтинг звезды 評価 评分 星 평점 별점 nps csat
    satisfaction zufriedenheit satisfacción satisfação soddisfazione betyg karakter arvosana puan beoordeling
    waardering hodnocení értékelés sentiment polarity schulnote schulnoten wertung
    التقييم تقييم דירוג ציון रेटिंग คะแนน βαθμολογία""".split()  # noqa: SIM905
)
OWN_WORDS = {
    "gesamt",
    "kunden",
    "klant",
    "user",
    "reviewer",
    "my",
    "your",
    "customer",
    "overall",
    "given",
    "review",
    "reviews",
}
OTHER_WORDS = frozenset(
    """average avg mean median count counts num number total helpful votes vote sentiment polarity sum rank
    max min std confidence probability predicted id ids date time word words length aggregate
    helpfulness useful funny cool mittelwert durchschnitt promedio moyenne compound subjectivity
    distribution n schulnote schulnoten""".split()  # noqa: SIM905
)
PART_WORDS = frozenset(
    """product item movie film hotel app store critic critics imdb metacritic meta food service value
    location cleanliness quality shop seller business delivery rooms sleep ambience""".split()  # noqa: SIM905
)

TOGETHER = re.compile(  # two words that are written as one
    r"^(reviews?|reviewer|user|overall|star|customer|product|meta|critics?"
    r"|gesamt|kunden|sterne?|total|totaal|helhets|klant)"
    r"(text|body|content|title|summary|rating|ratings|score|stars?|comments?|id|date|name|count"
    r"|bewertung|bewertungen|wertung|note|betyg|beoordeling)$"
)


def plain_name(name: str) -> str:
    """A column's name as its words: "Review Text", "reviewText" and "reviewtext" are review_text."""
    split = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", "_", name)
    words = re.findall(r"[^\W_]+", split.lower())
    return "_".join(TOGETHER.sub(r"\1_\2", word) for word in words)


def text_tier(name: str) -> int:
    """How much a name says texts: 0 is most, 9 nothing."""
    own = re.sub(r"_\d+$", "", plain_name(name))
    words = own.split("_")
    if len(words) > 1 and words[-1] in ("description", "summary", "overview") and set(words) & DESCRIBED:
        return 9
    if words[-1] in REVIEWLIKE and not set(words) & REPLIES:
        words = [word for word in words if word not in WRITERS]
    for tier, names in enumerate(TEXT_NAMES):
        if own in names or (words[-1] in names and len(words) <= 2 and not set(words) & NOT_TEXT):
            return tier if own in names else tier + 1
    if len(set(words) & REVIEWLIKE) > 1 and not set(words) & NOT_TEXT:
        return 0
    return 3 if set(words) & REVIEWLIKE and not set(words) & NOT_TEXT else 9


def says_other(name: str) -> bool:
    """Whether a name with a word for ratings says that it is an average, a count or the like."""
    return bool(set(plain_name(name).split("_")) & OTHER_WORDS)


def rating_rank(name: str) -> tuple[int, ...]:
    """How much a name says that a column holds the ratings of those who wrote the texts; more is better."""
    own = plain_name(name)
    words = set(own.split("_"))
    copy = bool(re.search(r"\.\d+$", name))  # of a name that repeats
    whole = len(RATING_NAMES) - RATING_NAMES.index(own) if own in RATING_NAMES else 0
    personal = bool(words & OWN_WORDS) and bool(words & RATING_WORDS) and len(words) > 1
    return (
        not words & OTHER_WORDS,
        not words & PART_WORDS,
        2 * personal + (whole > 0) + bool(words & RATING_WORDS),
        not copy,
        whole,
    )
