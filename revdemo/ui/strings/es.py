"""Every word the page says, in Spanish: the names, shapes and fields of `en`."""

TITLE = "revdemo"
LEAD = (
    "Predice las estrellas de una reseña, escribe otras nuevas y deja que el clasificador decida cuáles "
    "valen."
)
FOR_STUDY = "Las reseñas generadas sirven para entrenar y estudiar, no para publicarlas."

# Models
ROLES = {
    "stars": "Clasificador de estrellas",
    "polarity": "Clasificador de polaridad",
    "generator": "Generador",
}
STATES = {"idle": "sin cargar todavía", "loading": "cargando…", "failed": "no se ha podido cargar"}
ON_DEVICE = "en {device}"
LOADING_WAIT = "El {role} aún se está cargando; tu petición empezará en cuanto esté listo."
UNEXPECTED = (
    "{role}: no se ha podido cargar ({error}). El registro de la aplicación tiene los detalles; reiníciala "
    "para volver a intentarlo."
)
UNEXPECTED_PUBLIC = (
    "{role}: no se ha podido cargar. El registro de la aplicación dice por qué; reiníciala para volver a "
    "intentarlo."
)

# What was written where it is shown: stars in words, polarities, examples, dates, and the figures' own words
STAR_COUNT = {1: "1 estrella", 2: "{count} estrellas"}
OF_FIVE = "{count} de 5 estrellas"
OF_FIVE_AS = "{label}: {count} de 5 estrellas"
PREDICTED = "predichas"
POLARITIES = {"negative": "negativa", "neutral": "neutra", "positive": "positiva"}
EXAMPLE_LABELS = {
    "Clear praise": "Elogio claro",
    "Clear dislike": "Rechazo claro",
    "Mixed": "Dividida",
    "Negated": "Con negación",
    "Ironic": "Irónica",
    "Product, praise": "Producto, elogio",
    "Product, dislike": "Producto, rechazo",
    "Product, so-so": "Producto, regular",
    "Product, ironic": "Producto, irónica",
}
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
TRUE = "verdaderas"
LANGUAGE_CHOICE = "Idioma"
PLOT_PROBABILITIES = "Probabilidad de cada estrella: {parts}."
PLOT_MATRIX = "Estrellas predichas. {parts}."
PLOT_MATRIX_EMPTY = "Aún no hay reseñas."
PLOT_POLARITY = "Polaridad predicha. {parts}."
PLOT_POLARITY_TRUE, PLOT_POLARITY_PREDICTED = "verdadera", "predicha"
PLOT_AS = "{n} como {other}"
PLOT_LOSS = "pérdida"
PLOT_LOSSES = {"loss": "entrenamiento", "eval_loss": "validación"}
PLOT_LOSSES_SPOKEN = {
    "loss": "Pérdida en entrenamiento de {first:.3f} a {last:.3f}.",
    "eval_loss": "Pérdida en validación de {first:.3f} a {last:.3f}.",
}
PLOT_EPOCH = "época"
PLOT_BEFORE, PLOT_AFTER = "antes", "después"
PLOT_REVIEWS = "reseñas"
PLOT_BALANCE = "Reseñas antes y después de equilibrar: {parts}."
PLOT_BALANCE_PART = "{stars} {old:,}, después {new:,}"
PLOT_DISTRIBUTION = "Predichas: {parts}."
PLOT_REAL, PLOT_SYNTHETIC, PLOT_LACKING = "reales", "sintéticas", "faltan"
PLOT_GAPS = "Reseñas: {parts}."
PLOT_GAPS_PART = "{stars} {own:,} reales, {written:,} sintéticas, faltan {left:,}"
PLOT_ACCEPTED = "aceptadas"
PLOT_ACCEPTANCE = "Aceptadas de las reseñas pedidas con {parts}."
PLOT_INTERVAL = "{name} {value:.1%} (de {low:.1%} a {high:.1%})"
PLOT_PERFECT, PLOT_MEASURED = "perfecta", "medida"
PLOT_SURE, PLOT_RIGHT = "seguridad", "acierto"
PLOT_RELIABILITY_HOVER = "seguro %{x:.0%}: acierta %{y:.0%} de %{customdata:,}"
PLOT_RELIABILITY = "Con qué frecuencia aciertan las predicciones: {parts}."
PLOT_RELIABILITY_PART = "seguridad {sure}, acierta {right} de {n:,}"
PLOT_SHARE_OF_REAL = "proporción de las reales"
PLOT_DIVERSITY_HOVER = "%{x:.1%} de las reales"
PLOT_DIVERSITY = "Reseñas generadas como proporción de las reales: {parts}."
PLOT_STUDY_PART = "{value} con {setting}"

# Classify
CLASSIFY = "Clasificar"
TEXT = "Reseña"
TEXT_PLACEHOLDER = "Escribe o pega una reseña en inglés. Intro predice, Mayús + Intro empieza otra línea."
PREDICT = "Predecir"
EXAMPLES = "Ejemplos"
PROBABILITIES = "Probabilidad de cada número de estrellas"
RESULT_EMPTY = "Aquí aparecerán las estrellas predichas."
EXPECTED = "Valor esperado: {value:.1f} de 5"
POLARITY_NAME = "Polaridad"
POLARITY_SHARE = "probabilidad de positiva: {share}"
SURENESS = (
    (0.8, "con mucha seguridad"),
    (0.6, "con bastante seguridad"),
    (0.4, "con poca seguridad"),
    (0.0, "casi adivinando"),
)
EMPTY = "Primero escribe o pega una reseña."
NO_WORDS = (
    "Este texto no tiene palabras: no se leen emojis, enlaces ni etiquetas. Añade al menos una palabra."
)
TOO_LONG = "Este texto tiene {count:,} caracteres y el límite es {limit:,}. Acórtalo."
NOTE_ENGLISH = "Esto no parece inglés, y el modelo solo sabe inglés: no te fíes de las estrellas."
NOTE_SHORT = "Un texto tan corto dice poco; con más palabras la predicción es más segura."
NOTE_DISAGREE = (
    "Los dos modelos no coinciden: {polarity}, pero {stars}. Suele pasar con la ironía, con una opinión "
    "dividida o cuando se cuenta mucho el argumento; léela tú."
)
NO_POLARITY = "Aquí no hay clasificador de polaridad: entrena uno con python -m train.polarity."
NOTE_TRUNCATED = (
    "El texto es más largo de lo que lee el modelo: ha visto el principio y el final, no el medio."
)

# Generate
GENERATE = "Generar"
STARS = "Estrellas"
STARS_INFO = "Las que deben merecer las reseñas"
RULE = "Cuántas"
RULE_TARGET = "Un número de reseñas aceptadas"
RULE_FIRST = "Rondas de 20 hasta aceptar al menos una (la regla del proyecto original)"
ACCEPTED_WANTED = "Reseñas aceptadas que quieres"
ROUNDS = "Rondas como máximo"
ROUNDS_INFO = "Una ronda son 20 muestras"
TOLERANCE = "Aceptar"
TOLERANCES = (("exacta", 0), ("aproximada: también a una estrella", 1))
MIN_CONFIDENCE = "Confianza mínima"
MIN_CONFIDENCE_INFO = "Rechaza aquello de lo que el clasificador está menos seguro"
MORE = "Confianza, muestreo, semilla e inicio"
OWN = "El muestreo propio del generador"
OWN_INFO = "Desmárcalo para fijar temperatura, top-p y longitud"
TEMPERATURE = "Temperatura: cuanto más alta, más variedad"
TOP_P = "Top-p: cuanto más bajo, menos riesgo"
LENGTH = "Longitud: máximo de tokens por reseña"
SEED = "Semilla"
SEED_INFO = "Misma semilla, mismas reseñas"
DICE = "🎲 Al azar"
OPENING = "Inicio (opcional)"
OPENING_PLACEHOLDER = "Las primeras palabras, en inglés, de cada reseña"
START = "Generar"
STOP = "Parar"
STOPPING = "Parando…"
NEVER_BEGAN = "Se paró antes de empezar."
WAITING = "Esperando turno…"
ACCEPTED = "Aceptadas"
REJECTED = "Rechazadas"
NEAREST = "No se aceptó ninguna. Estas son las que más se acercan: no son lo que pediste."
NONE_ACCEPTED_YET = "Aún no se ha aceptado ninguna."
NONE_REJECTED_YET = "Aún no se ha rechazado ninguna."
NOTHING_YET = "Las reseñas aparecerán aquí a medida que el clasificador las juzgue."
OLDER = "y {count:,} anteriores: las descargas las contienen todas."
HEAT_MAP = "Estrellas pedidas y predichas"
SYNTHETIC = "sintética"
NO_SEED = "La semilla está vacía. Escribe un número entero o saca uno al azar."
CAP = "{name} es {value:,} y aquí el límite es {limit:,}. Pide menos."

# Progress of a run
ROUND_OF = "ronda {round} de {rounds}"
ACCEPTED_OF = "{accepted} de {target} aceptadas"
ACCEPTED_COUNT = "{accepted} aceptadas"
REJECTED_COUNT = "{rejected} rechazadas"
RATE = "aceptación {value} (intervalo del 95 %: de {low} a {high})"
LEFT = "quedan unos {time}"
TOOK = "ha tardado {time}"

REASONS = {
    "stars": "otras estrellas que las pedidas",
    "confidence": "el clasificador no está lo bastante seguro",
    "duplicate": "igual que otra",
    "near duplicate": "casi igual que otra",
    "empty": "sin palabras",
    "truncated": "no llegó a terminar",
    "copy": "copia un texto con el que se entrenó el generador",
    "states score": "dice su propia puntuación",
    "opening": "no hay nada después del inicio",
}
ENDINGS = {
    "target": "Listo: todas las reseñas aceptadas que pediste.",
    "rounds": "Terminado: se acabaron las rondas.",
    "deadline": "Terminado: se acabó el tiempo.",
    "stopped": "Parado. Se conserva lo ya juzgado.",
    "failed": "La ejecución falló. Se conserva lo ya juzgado.",
    "interrupted": (
        "Interrumpida: la aplicación se cerró a mitad de esta ejecución. Se conserva lo ya juzgado."
    ),
    "running": "En marcha.",
}

# Runs
RUNS = "Tus ejecuciones"
RUNS_INFO = "Se conservan al recargar y al reiniciar; solo las ve este navegador. Elige una para abrirla."
NO_RUNS = "Aún no hay ninguna. Las ejecuciones se conservan aquí, también tras recargar o tras un fallo."
RUN_STATES = {
    "running": "en marcha",
    "target": "terminada",
    "rounds": "terminada, sin más rondas",
    "deadline": "terminada, sin más tiempo",
    "stopped": "parada",
    "failed": "fallida",
    "interrupted": "interrumpida",
}
RUN_LINE = "{when}  ·  {stars} ★  ·  {state}  ·  {accepted} aceptadas, {rejected} rechazadas"
DOWNLOADS = {
    "accepted": "⬇ CSV aceptadas",
    "rejected": "⬇ CSV rechazadas",
    "all": "⬇ JSONL todas",
}

# Metrics
METRICS = "Métricas"
METRICS_LEAD = (
    "Medidas con reseñas de las que no aprendió ningún modelo. La letra pequeña es un intervalo del 95 %. "
    "«Aproximado» da por bueno un error de una estrella: mira la verdad, así que al lado se indica el azar."
)
NOT_MEASURED = "Aquí aún no se ha medido nada. Ejecuta `{command}` y reinicia la aplicación."
DAMAGED = "{path} está dañado o es de una versión anterior, así que se omite. Vuelve a crearlo: `{command}`."
NO_COMBINATION = "Esto no se ha medido."
INTERVAL = "de {low} a {high}"
BASELINE = "TF-IDF + regresión logística, mismas filas"
UNTRAINED = "la base sin entrenar, cabeza lineal"
JUDGE = "el juez (datos disjuntos)"
MAE = "error absoluto medio"
QWK = "kappa cuadrático"
SCORES = {"accuracy": "acierto", "precision": "precisión", "recall": "exhaustividad", "f1": "F1"}
SCORES_HEAD = ("métrica", "valor")

OVERVIEW = "¿Qué tal son las estrellas y las reseñas?"
STARS_TABLE = "Estrellas predichas"
STARS_HOW = (
    "En exacto y aproximado, más es mejor; en el error, menos: compara la nuestra con las filas de debajo."
)
STARS_ROWS = (
    "{n:,} reseñas reservadas{films}, las mismas de cada estrella, con las puntuaciones escritas ocultas."
)
OF_FILMS = " de {films:,} películas"
STARS_HEAD = ("quién predice", "exacto", "aproximado", "error (estrellas)")
OWN_STARS = "revdemo"
STATED = "lo mismo, sin ocultar las puntuaciones escritas"
NATURAL = "lo mismo, con las estrellas tan frecuentes como en la realidad"
CHANCES = {"always_3": "azar: siempre 3 estrellas", "uniform": "azar: uniforme"}
ORIGINAL_STARS = (
    "el proyecto original (su propio conjunto de prueba, no comparable)",
    "60,3 %",
    "93,2 %",
    "–",
)
DIFFERENCE = (
    "Diferencia con TF-IDF + regresión logística, por pares: exacto {exact} y aproximado {near} puntos, "
    "error "
    "{mae} estrellas."
)
GENERATED_TABLE = "Estrellas de las reseñas generadas"
GENERATED_HOW = (
    "No se puede juzgar con honradez a un generador mejor que a las reseñas reales: compara con la última "
    "fila del mismo juez."
)
GENERATED_ROWS = "{n:,} reseñas generadas, de las que el filtro acepta el {accepted}."
SHARE_OF_REAL = "El exacto del juez, como parte de su exacto con reseñas reales: {shares}."
SHARES_OF_REAL = {
    "unfiltered": "tal como se escribieron, {share}",
    "accepted": "aceptadas, frente a las reales en las que el filtro acierta, {share}",
}
GENERATED_HEAD = ("qué reseñas", "exacto", "aproximado", "error (estrellas)")
KINDS = ("tal como se escribieron", "aceptadas por el filtro", "reseñas reales")
BY_JUDGE = {
    "filter": "Según el clasificador de la aplicación, que es el filtro",
    "judge": "Según el juez, que no selecciona nada",
    "second_judge": "Según el segundo juez, de otra familia",
}
BY_ORIGINAL = "El proyecto original, según el clasificador que las filtró"
ORIGINAL_GENERATED = ("tal como se escribieron", "43,9 %", "82,6 %", "–")
PERPLEXITY_TABLE = "Predecir el siguiente token"
PERPLEXITY_HOW = "Menos es mejor; solo los bits por byte comparan modelos con tokenizadores distintos."
PERPLEXITY_HEAD = ("medida", "antes de entrenar", "después de entrenar")
PERPLEXITY = "perplejidad"
BITS = "bits por byte"
RATIO = "bits por byte, después / antes"
ORIGINAL_PERPLEXITY = ("perplejidad del proyecto original (otro tokenizador)", "61,10", "46,28")

BALANCE = "¿De qué estrellas aprendió?"
BALANCE_CHART = "Reseñas de entrenamiento por estrellas"
BALANCE_HOW = (
    "A la izquierda, lo recogido; a la derecha, lo que ve el entrenamiento: barras iguales no favorecen a "
    "ninguna estrella."
)

CONFUSION = "¿Qué estrellas se confunden con cuáles?"
CONFUSION_CHART = "{matrix}, {kind}"
CONFUSION_HOW = {
    "exact": (
        "Una fila son las estrellas {rows}: su casilla de la diagonal es lo correcto, y debería ser la más "
        "oscura."
    ),
    "near": (
        "Lo que falla por una estrella pasa a la diagonal: el resto de la fila falla por dos o más estrellas."
    ),
}
CONFUSION_LABELS = ("Reseñas", "Se da por bueno")
MATRICES = {
    "test": "Prueba",
    "validation": "Validación",
    "baseline": "Prueba, según TF-IDF + regresión logística",
    "judge": "Prueba, según el juez",
}
GENERATED_MATRIX = "{kind}, según {judge}"
MATRIX_KINDS = {"unfiltered": "Generadas", "accepted": "Aceptadas"}
MATRIX_JUDGES = {"filter": "el filtro", "judge": "el juez", "second_judge": "el segundo juez"}
EXACT, NEAR = "exacto", "aproximado"

STUDY = "¿Qué cambian los ajustes del entrenamiento?"
STUDY_HOW = (
    "Varía un ajuste y los demás conservan el valor marcado como habitual: cada bigote es la desviación "
    "típica de {samples} muestras de {rows:,} reseñas."
)
STUDY_CHART = "{network}: {axis}"
STUDY_LABELS = ("Modelo", "Ajuste")
STUDY_NETWORKS = {"classifier": "Clasificador", "generator": "Generador"}
STUDY_AXES = {
    "epochs": "épocas",
    "learning_rate": "tasa de aprendizaje",
    "batch_size": "tamaño de lote",
    "betas": "betas de AdamW",
}
STUDY_MEASURES = {
    "exact": "exacto (%)",
    "near": "aproximado (%)",
    "mae": "error medio",
    "perplexity": "perplejidad",
    "bits_per_byte": "bits por byte",
    "loss": "pérdida",
}
STUDY_VALUE = "valor"
STUDY_DEFAULT = "{value}<br>habitual"

LOSSES = "¿Cómo fue el entrenamiento?"
LOSSES_LABELS = ("Modelo",)
LOSSES_CHART = "Pérdida por época: {role}"
LOSSES_HOW = "Las dos líneas deberían bajar: donde sube la discontinua, el modelo aprende de memoria."

ACCEPTANCE = "¿Cuántas reseñas generadas se aceptan?"
ACCEPTANCE_CHART = "Aceptadas, por estrellas pedidas"
ACCEPTANCE_HOW = (
    "Cuanto más alta la barra, menos reseñas se escriben en vano: con todas las estrellas, {all}."
)
REJECTED_HEAD = ("por qué se rechazan", "reseñas")

CALIBRATION = "Cuando dice estar seguro al 80 %, ¿acierta cuatro de cada cinco veces?"
CALIBRATION_CHART = "Seguridad frente a acierto"
CALIBRATION_HOW = (
    "En la diagonal discontinua acierta tanto como asegura, por debajo promete de más; los puntos más "
    "grandes "
    "reúnen más reseñas."
)
ECE_HEAD = ("error de calibración", "menos es mejor")
BALANCED = "las mismas de cada estrella"

DIVERSITY = "¿Son las reseñas generadas tan variadas como las reales?"
DIVERSITY_CHART = "Reseñas generadas frente a las reales"
DIVERSITY_HOW = (
    "En la línea discontinua ambas son iguales; barras de «distinct» más cortas o una de self-BLEU más larga "
    "significan menos variedad."
)
DIVERSITY_HEAD = ("medida", "generadas", "reales")
VARIETY = {"distinct1": "distinct-1", "distinct2": "distinct-2", "self_bleu": "self-BLEU"}
TEXT_LENGTH = "longitud (palabras)"
DUPLICATES = "duplicadas"
NEAR_DUPLICATES = "casi duplicadas"
LONGEST = "mayor serie de tokens de una reseña de entrenamiento"
SHARE_30 = "parte con una serie así de 30 o más"
DETECTOR = "AUC de un detector sencillo (0,5: no las distingue)"
AGREEMENT = "la polaridad coincide con las estrellas pedidas (no es independiente del filtro)"

EXAMPLES_OF = "¿Cómo son las reseñas aceptadas y rechazadas?"
EXAMPLES_HOW = "Una reseña aceptada y una rechazada de cada número de estrellas: ¿es lo que se pidió?"
ASKED = "pedidas"
FOUND_BY = {"filter": "filtro", "judge": "juez"}

USE = "¿Ayudan las reseñas sintéticas donde faltan datos?"
USE_CHART = "Exacto en la prueba, con una estrella recortada"
USE_HOW = (
    "Un clasificador aprende de {rows:,} reseñas por estrella, pero solo de {cut} con {star}: más a la "
    "derecha es mejor; las últimas filas de la tabla comparan por pares con {resamples} remuestreos."
)
USE_LABELS = ("Generador y filtro",)
USE_HEAD = (
    "el hueco se llena con",
    "exacto",
    "aproximado",
    "error (estrellas)",
    "exhaustividad de la estrella recortada",
)
USE_DIFFERENCES = "Lo que una gana sobre otra: puntos, y estrellas de error"

PRODUCTS = "¿Funciona también con reseñas de productos?"
PRODUCTS_HOW = (
    "Los mismos programas y las mismas tablas, otra vez, con reseñas de productos en lugar de películas."
)

POLARITY = "¿Qué tal distingue lo positivo de lo negativo?"
POLARITY_CHART = "Polaridad predicha: {domain}"
POLARITY_HOW = "Las filas son la polaridad verdadera: las dos casillas fuera de la diagonal son los fallos."
POLARITY_LABELS = ("Reseñas",)
POLARITY_HEAD = ("quién predice", "reseñas", "acierto", "precisión", "exhaustividad", "F1")
OWN_POLARITY = "revdemo"
FROM_STARS = "deducida de las estrellas predichas"
DOMAINS = {
    "films": "Películas",
    "products": "Productos",
    "amazon_polarity": "Polaridad de Amazon",
    "": "Todas",
}
POLARITY_LOSSES = "Pérdida por época: polaridad"
EPOCHS_HEAD = (
    "época",
    "pérdida en entrenamiento",
    "pérdida en validación",
    "acierto",
    "precisión",
    "exhaustividad",
    "F1",
)
NEUTRAL = (
    "Del {low} al {high} de positiva, la página dice neutra: ahí cae el {three} de las reseñas de 3 "
    "estrellas "
    "y el {other} de las demás."
)
POLARITY_ORIGINAL = (
    "El 99,65 % del informe original no es la cifra que hay que superar: había filas repetidas entre "
    "entrenamiento y validación, como muestra que su pérdida en validación sea menor que en "
    "entrenamiento. La "
    "mejor cifra publicada con todos los datos es 97,6 %."
)

PROVENANCE = "¿De dónde sale cada cifra?"
PROVENANCE_HOW = (
    "Cada archivo indica la orden que lo creó: con la misma semilla y los mismos datos debería salir lo "
    "mismo."
)
PROVENANCE_HEAD = ("archivo y orden", "n", "semilla", "datos", "modelos", "dispositivo", "minutos")

UNEXPECTED_ERROR = (
    "Algo ha ido mal y revdemo no lo esperaba. El registro de la aplicación tiene los detalles."
)

# Your table
TABLE = "Tu tabla"
TABLE_FILE = "CSV, TSV, XLSX, JSONL o Parquet"
TABLE_EMPTY = "Sube una tabla de reseñas. Se queda en este equipo y solo la ves tú."
TABLE_TEXT = "Columna de los textos"
TABLE_RATING = "Columna de las notas"
TABLE_NO_RATING = "ninguna: las reseñas no tienen nota"
TABLE_SCALE = "Nota más alta"
TABLE_SCALE_INFO = "La más baja es 1; las estrellas se redondean hacia arriba"
TABLE_ROWS = "{rows} filas, texto en «{text}»"
TABLE_ONE_ROW = "1 fila, texto en «{text}»"
TABLE_STARS = ", estrellas en «{rating}» de {scale}"
TABLE_UNLABELLED = ", sin notas"
TABLE_NO_TEXT = "Ninguna columna parece de textos. Elige una de {columns}, o sube otra tabla."
TABLE_SAME_COLUMN = "Los textos y las notas no pueden estar en la misma columna. Cambia una de las dos."
TABLE_CHOSEN_TEXT, TABLE_CHOSEN_RATING = "texto", "estrellas"
TABLE_PREVIEW = "Las primeras filas"
TABLE_MORE_COLUMNS = "y {count} columnas más"

# Your table: Predict
BATCH = "Predecir"
BATCH_START = "Predecir las estrellas"
BATCH_POLARITY = "También positiva, neutra o negativa"
BATCH_EMPTY = "Aquí aparecerán las estrellas de cada fila, con la tabla para descargar."
BATCH_NO_TABLE = "Primero sube una tabla."
BATCH_RUNNING = "Prediciendo."
BATCH_WRITING = "Escribiendo los archivos."
BATCH_ROWS = "{done} de {rows} filas"
BATCH_DONE = "Listo."
BATCH_STOPPED = "Parado. Se conserva lo predicho: Predecir sigue desde ahí."
BATCH_RESUMED = "{rows} ya estaban predichas"
BATCH_WORDLESS = "{count} sin palabras y, por tanto, sin estrellas"
BATCH_UNRATED = "{count} sin nota de 1 a {scale}"
BATCH_RENAMED = "La tabla ya tiene columnas con nuestros nombres, así que las nuestras son {names}."
BATCH_DISTRIBUTION = "Estrellas predichas de tus filas"
BATCH_POLARITIES = "{count}: {polarity}"
BATCH_CONFUSION = "Tus notas frente a las estrellas predichas"
BATCH_METRICS = "Con qué frecuencia la predicción es la nota: {rows} filas"
BATCH_METRICS_HEAD = ("métrica", "exacto", "aproximado")
BATCH_SURPRISING = (
    "Las notas más sorprendentes: un error en la tabla, o un texto que el modelo no entiende bien"
)
BATCH_SURPRISING_HEAD = ("fila", "nota", "predicción", "probabilidad de la nota", "texto")
BATCH_DOWNLOAD = "⬇ Tabla en {kind}"

# Adapt
ADAPT = "Adaptar"
ADAPT_INTRO = (
    "Sigue entrenando con tu tabla el clasificador y el generador iniciales: aprenden de algunas de sus "
    "filas, "
    "y las cifras de antes y después se miden con otras. Tu tabla se queda en este equipo."
)
ADAPT_ITEM = "Columna que nombra lo reseñado"
ADAPT_ITEM_INFO = "así nada sirve a la vez para aprender y para medir"
ADAPT_NO_ITEM = "ninguna"
ADAPT_MINUTES = "Minutos que dedicar"
ADAPT_MINUTES_INFO = "tantas reseñas como quepan; 0: las de la receta"
ADAPT_ESTIMATE, ADAPT_START, ADAPT_RESUME = "Estimar", "Adaptar", "Seguir"
ADAPT_USE = "Usar estos modelos ahora"
ADAPT_NO_TABLE = "Primero sube una tabla con notas."
ADAPT_NOTHING = "Aún no se ha adaptado nada. Estimar lleva un minuto: cronometra unos pasos reales."
ADAPT_STATES = {
    "estimating": "Estimando: se cronometran unos pasos reales. Lleva uno o dos minutos.",
    "running": "Adaptando a {name}. Puedes cerrar esta página: sigue, y estará aquí cuando vuelvas.",
    "stopping": "Parando después del paso en curso.",
    "estimated": "Adaptar a {name} lleva unos {minutes} en {device}.",
    "stopped": "Parado. Se conserva lo aprendido: Seguir continúa desde ahí.",
    "interrupted": "Interrumpido: su proceso ya no está. Seguir continúa desde el último punto guardado.",
    "failed": "Ha fallado: {problem}",
    "done": (
        "Adaptado a {name}. Antes y después, en filas de las que no aprendió ningún modelo, con intervalos "
        "del 95 %:"
    ),
}
ADAPT_DOING = {
    "reading": "Leyendo la tabla.",
    "estimate": "Cronometrando unos pasos.",
    "report": "Midiendo.",
}
ADAPT_ROLES = {"stars": "Clasificador", "generator": "Generador", "reading": "Lectura", "report": "Cifras"}
ADAPT_HEAD = ("", "paso", "pérdida", "tiempo restante")
ADAPT_ESTIMATE_HEAD = ("", "reseñas", "minutos")
ADAPT_FIGURES_HEAD = ("", "antes", "después", "diferencia")
ADAPT_STEP = "{step} de {steps}"
ADAPT_LOADING = "Cargando los modelos adaptados."
ADAPT_USED = (
    "La aplicación usa desde ahora los modelos adaptados, para todos los que la tengan abierta, hasta que "
    "recuperes los primeros o la reinicies. "
    "Para conservarlos: python app.py --stars-model {stars_model} --generator {generator}"
)
ADAPT_UNDO = "Usar los modelos con los que arrancó la aplicación"
ADAPT_UNDONE = "La aplicación vuelve a usar los modelos con los que arrancó. Los adaptados se conservan."

# Balance
BALANCE_TAB = "Equilibrar"
BALANCE_EMPTY = "Sube una tabla con notas y verás aquí cuántas reseñas le faltan a cada estrella."
BALANCE_LEVEL = "Reseñas de cada estrella"
BALANCE_LEVEL_INFO = "Si no lo mueves, tantas como la estrella más frecuente"
BALANCE_MORE = "Filtro y semilla"
BALANCE_KIND = "Datos en"
BALANCE_SAMPLE = "Estimar con una muestra"
BALANCE_FILL = "Llenar el hueco"
BALANCE_GAPS = "Reseñas por estrella"
BALANCE_HEAD = ("estrellas", "reales", "faltan", "sintéticas", "aceptación")
BALANCE_NONE = "Con este nivel no falta ninguna reseña. Súbelo, o usa la tabla tal como está."
BALANCE_READY = (
    "Faltan {lacking} reseñas. Estima primero: se escriben unas pocas de cada estrella para que las veas."
)
BALANCE_OVER = "Aquí se escriben como máximo {limit} reseñas de cada estrella por vez; faltan más de {stars}."
BALANCE_READING = "Leyendo la tabla…"
BALANCE_DISTANCE = "Midiendo si tu tabla se parece a lo que escribe el generador…"
BALANCE_WRITING = "{star} ★: {accepted} de {wanted} en total"
BALANCE_SAVING = "Escribiendo el conjunto de datos…"
BALANCE_DOWNLOAD = "⬇ Conjunto de datos con su ficha (zip)"
BALANCE_PACE = "{pace:.1f} reseñas por segundo"
BALANCE_TAKES = "en total, unos {likely} (de {low} a {high}); menos si se escriben más a la vez"
BALANCE_ENDLESS = (
    "en total, al menos {low}; no se ve el final mientras haya una estrella sin ninguna aceptada"
)
BALANCE_SAMPLED = "Muestra lista. Mira las reseñas de debajo y después llena el hueco."
BALANCE_DONE = "Listo: cada estrella tiene tantas reseñas como pediste."
BALANCE_SHORT = (
    "Terminado: aún faltan {missing} reseñas. Vuelve a llenar para seguir, o mira abajo la aceptación."
)
BALANCE_STOPPED = (
    "Parado: aún faltan {missing} reseñas, y se conserva lo aceptado. Vuelve a llenar para seguir."
)
BALANCE_SAMPLE_OF = "{star} ★: {accepted} de {judged} aceptadas"

# Quality of a run, its code, and: is it worth it?
QUALITY = "Calidad de esta ejecución"
QUALITY_NOTHING = "No hay nada que medir: no se juzgó ninguna reseña."
QUALITY_ASKING = "Preguntando al clasificador de polaridad: {done} de {of}…"
QUALITY_HOW = (
    "La letra pequeña bajo una cifra real es el rango del 95 % de los sorteos de otras tantas reseñas reales "
    "de películas con las mismas estrellas, cortadas a la misma longitud; una cifra «distinct» por debajo "
    "significa menos variedad que la de la gente. Bajo una proporción es su intervalo del 95 %."
)
QUALITY_BY_DESIGN = (
    "Las casi duplicadas y las copias de textos de entrenamiento se rechazan, así que entre las aceptadas no "
    "las hay por diseño: mira todas las juzgadas."
)
QUALITY_OPINION = (
    "La segunda opinión es la del clasificador de polaridad: 1 y 2 estrellas deberían leerse como negativas, "
    "3 como neutras, 4 y 5 como positivas. Aprendió de las mismas reseñas que el filtro, así que no es "
    "independiente de él. Su cifra real es de reseñas de películas de 1, 2, 4 y 5 estrellas juntas, o "
    "solo de "
    "las de 3, enteras."
)
QUALITY_HEAD = ("", "aceptadas", "otras tantas reales", "todas las juzgadas", "otras tantas reales")
QUALITY_FIGURES = {
    "n": "reseñas",
    "distinct1": "distinct-1",
    "distinct2": "distinct-2",
    "near_duplicates": "casi duplicadas",
    "words": "longitud (palabras)",
    "copies": "copias de textos de entrenamiento (13 palabras seguidas)",
    "agreement": "la segunda opinión coincide",
}
QUALITY_BESIDE = {-1: "menos variadas", 0: "como las reales", 1: "más variadas"}
CODE = "Ver el código"
CODE_HOW = (
    "Ejecuta cualquiera de los dos en la carpeta del proyecto: en el mismo dispositivo, con los mismos "
    "modelos, ajustes y versiones de las bibliotecas, vuelve a escribir las mismas reseñas. Una ejecución "
    "que se paró, o que acabó por tiempo, llega más lejos."
)
CODE_COMMAND = "Línea de órdenes"
CODE_PYTHON = "Python"
WORTH = "¿Merece la pena?"
WORTH_LEAD = (
    "Un clasificador pequeño (TF-IDF de palabras y pares de palabras + regresión logística, con el mismo "
    "peso "
    "para cada estrella) aprende de tus filas reales, de reales + sintéticas y solo de sintéticas, y se "
    "prueba "
    "con filas reales que ninguno de los tres ha visto."
)
WORTH_SOURCE = "Reseñas sintéticas"
WORTH_OWN, WORTH_RUNS, WORTH_FILE = "own", "runs", "file"
WORTH_SOURCES = (
    ("Las filas que esta tabla marca en su columna «synthetic»", WORTH_OWN),
    ("Lo aceptado en mis ejecuciones", WORTH_RUNS),
    ("Otro archivo", WORTH_FILE),
)
WORTH_WHICH = "Qué ejecuciones"
WORTH_RUN = "{when}  ·  {stars} ★  ·  {accepted} aceptadas"
WORTH_UPLOAD = "Reseñas sintéticas: el CSV de aceptadas de una ejecución, o una tabla con textos y notas"
WORTH_RESAMPLES = "Remuestreos"
WORTH_RESAMPLES_INFO = (
    "Repartos al azar de las filas reales: más tardan más y estrechan un poco los intervalos"
)
WORTH_START = "Medir"
WORTH_EMPTY = "Sube arriba una tabla con notas, elige de dónde vienen las reseñas sintéticas y mide."
WORTH_NO_TABLE = "Primero sube una tabla: de sus filas reales se aprende, y con ellas se prueba."
WORTH_NO_RATING = "Esta tabla no tiene notas. Elige arriba su columna de notas."
WORTH_NO_FILE = "Primero sube el archivo con las reseñas sintéticas."
WORTH_NO_RUNS = "Elige al menos una ejecución. Se hacen en la pestaña Generar."
WORTH_READING = "Leyendo las filas…"
WORTH_PROGRESS = "{done} de {of} clasificadores entrenados"
WORTH_STOPPED = "Parado: no hay respuesta hasta que todos los clasificadores estén entrenados."
WORTH_CHART = "Macro-F1 en filas reales reservadas"
WORTH_ARMS = {
    "real": "reales",
    "real + synthetic": "reales + sintéticas",
    "synthetic only": "solo sintéticas",
}
WORTH_HEAD = ("aprende de", "exacto", "aproximado", "error (estrellas)", "macro-F1")
WORTH_TABLE = "Prueba con filas reales reservadas"
WORTH_GAIN = "lo que se gana sobre solo reales, en puntos (el error, en estrellas)"
WORTH_RECALL = "Exhaustividad por estrellas"
WORTH_ROWS = (
    "{real} filas reales ({train} para aprender y {test} para probar en cada uno de los {resamples} "
    "repartos), "
    "{synthetic} sintéticas."
)
WORTH_COUNTS = "Por estrellas, de 1 a 5: reales {real}; sintéticas {synthetic}."
WORTH_REPEATS = "Las filas sintéticas que repiten una fila de prueba se omiten: {count} por reparto."
WORTH_HOW = (
    "La letra pequeña es un intervalo del 95 %. Los repartos de una misma tabla comparten filas, así que los "
    "intervalos son los de la prueba t remuestreada y corregida (Nadeau y Bengio, 2003); no abarcan otras "
    "reseñas sintéticas. La respuesta es sobre macro-F1, en la que cada estrella cuenta lo mismo; con tantas "
    "cifras, una de cada veinte parece distinta por azar."
)
WORTH_ADAPTED = (
    "Si el generador se adaptó a esta misma tabla, ha visto las filas de prueba y la ganancia sale "
    "favorecida."
)

# Why these stars, and what would it take
WHY = "¿Por qué estas estrellas?"
WHY_MEASURED_HOW = (
    "Si una explicación dice la verdad, quitar las palabras que llama más fuertes mueve las estrellas más "
    "que quitar otras al azar. En la primera fila, cuanto más alto mejor, frente a la segunda."
)
WHY_MEASURED_HEAD = ("estrellas esperadas de reseñas reservadas", "cambio")
WHY_MEASURED = (
    "sin las {removed} palabras más fuertes",
    "sin {removed} palabras al azar",
    "diferencia, pareada",
    "reseñas que las más fuertes mueven más",
)
WHY_CHECKED = (
    "Comprobado con {n} reseñas reservadas: sin las {removed} palabras más fuertes las estrellas esperadas "
    "se mueven {strongest}, sin otras tantas al azar {random}."
)
WHY_WORKING = "Pesando las palabras…"
WHY_HOW = (
    "Las palabras subrayadas subieron las estrellas; las de línea discontinua las bajaron; cuanto más "
    "intenso "
    "el color, más. La parte de una palabra va en estrellas y depende de las palabras que la rodean."
)
WHY_SUM = (
    "Sin ninguna palabra el modelo espera {baseline:.1f} estrellas; con estas, {expected:.1f}. Las partes de "
    "todas las palabras suman esa diferencia, salvo {remainder:.2f}."
)
WHY_UP = "Subieron"
WHY_DOWN = "Bajaron"
WHY_NONE = "ninguna palabra en especial"
WHY_TEXT = "La reseña tal como la lee el modelo"
WHY_MARK = {"up": "sube {share}", "down": "baja {share}"}
WHY_TRUNCATED = "Las palabras del medio, que el modelo no leyó enteras, tienen poca parte o ninguna."
WHY_SENTENCES = "Frase a frase, cada una leída por separado"
WHY_MORE_SENTENCES = "Las primeras {shown} de {count} frases."
FOLLOW = "¿Qué haría falta? Seguir las estrellas mientras escribo"
FOLLOW_EMPTY = "Escribe una reseña, y sus estrellas aparecerán aquí mientras escribes."
FOLLOW_STARS = "Ahora {stars} ({share}), valor esperado {value:.1f}"
FOLLOW_CHANGE = "{change:+.1f} desde la predicción"

# Push to the Hub
PUSH = "Subir al Hub"
PUSH_HOW = (
    "Las reseñas aceptadas se convierten en un conjunto de datos del Hub de Hugging Face, con una ficha que "
    "dice cómo se hicieron, en un solo commit. Lo que ya está allí no se envía otra vez."
)
PUSH_TABLE_HOW = (
    "La tabla, con las filas reales y las sintéticas, se convierte en un conjunto de datos privado del Hub "
    "de Hugging Face, con su ficha, en un solo commit."
)
PUSH_NAME = "Repositorio"
PUSH_PRIVATE = "Privado"
PUSH_PRIVATE_QUOTED = '"Privado"'
PUSH_TOKEN = "Token de acceso"
PUSH_TOKEN_INFO = (
    "El tuyo, con permiso de escritura (huggingface.co/settings/tokens). Sirve solo para esta subida: no se "
    "guarda, y la casilla se vacía."
)
PUSH_START = "Subir"
PUSH_SIGN_IN = "Iniciar sesión con Hugging Face"
PUSH_SIGN_OUT = "Cerrar sesión ({})"
PUSH_SIGN_IN_FIRST = "Primero inicia sesión: lo que se sube es tuyo. Tus ejecuciones seguirán aquí después."
PUSH_NO_TOKEN = "Primero escribe un token: huggingface.co/settings/tokens crea uno con permiso de escritura."
PUSH_BAD_TOKEN = "Eso no es un token. Cópialo entero: empieza por hf_ y no contiene espacios."
PUSH_NEW_TOKEN = "Cópialo otra vez, o crea uno nuevo"
PUSH_SIGN_IN_AGAIN = "Cierra la sesión y vuelve a iniciarla"
PUSH_AGAIN = "Vuelve a subirlo"
PUSH_LIMIT = "Al iniciar sesión solo se alcanzan tus repositorios creados desde aquí: pon un nombre nuevo."
PUSH_NO_RUN = "No hay ninguna ejecución tuya que subir. Haz una, o elige una de la lista."
PUSH_NO_TABLE = "Todavía no hay una tabla equilibrada que subir. Primero rellena lo que falta."
PUSH_REAL_ROWS = (
    "La tabla contiene reseñas reales, que pertenecen a sus autores. Súbela como privada, o indica la "
    "licencia que te permite publicarlas: python -m train.publish dataset --folder … --license …"
)
PUSHED = "Subido a {name} en el commit {commit}."
PUSHED_NOTHING = "Nada ha cambiado en {name} desde el commit {commit}: no se ha subido nada."
PUSH_SEE = "Verlo en el Hub"

# On the Hub: a model that did not load
FALLEN_BACK = (
    "El {role} {name} no se ha cargado, y en su lugar responde el modelo inicial, que viene con revdemo. "
    "{problem}"
)
NEITHER = "{problem} El modelo inicial, que respondería en su lugar, tampoco se ha cargado: {starter}"

# Model cards, and where the classifiers fail
CARD_OPEN = "sobre este modelo"
CARD_PARTS = {"data": "De qué aprendió", "figures": "Cómo de bueno es", "limits": "Dónde falla"}
CARD_ABOUT = {
    "stars": "Lee una reseña en inglés y le da de 1 a 5 estrellas, con una probabilidad para cada una.",
    "judge": (
        "Mide las reseñas generadas una sola vez, al final: un clasificador de estrellas que aprendió de "
        "reseñas propias y no selecciona nada."
    ),
    "polarity": "Lee una reseña en inglés y da la probabilidad de que sea positiva.",
    "generator": (
        "Escribe reseñas en inglés para las estrellas pedidas; el clasificador de estrellas las lee todas."
    ),
}
CARD_DATA = {
    "stars": "Reseñas públicas de usuarios de IMDb, entre ellas aclImdb (Maas et al. 2011), en inglés.",
    "judge": "Reseñas públicas de usuarios de IMDb, entre ellas aclImdb (Maas et al. 2011), en inglés.",
    "polarity": (
        "Una parte de amazon_polarity, reseñas públicas de usuarios de IMDb y reseñas públicas de productos, "
        "restaurantes, hoteles y libros, en inglés."
    ),
    "generator": "Reseñas públicas de usuarios de IMDb, entre ellas aclImdb (Maas et al. 2011), en inglés.",
}
CARD_ROWS = "{n} reseñas."
CARD_MASKED = "Con las notas ocultas, y sin ninguna película de las que sirven para medir."
CARD_OTHER_DATA = "Este modelo no viene con revdemo: pregunta a quien lo hizo de qué reseñas aprendió."
CARD_UNMEASURED = "No hay cifras publicadas de este modelo."
CARD_STARS = (
    "{n} reseñas de películas reservadas, tantas de cada número de estrellas: exacto {exact}, aproximado "
    "{near} (una estrella de diferencia cuenta como acierto), un error medio de {mae} estrellas."
)
CARD_CHANCE = (
    "Al azar, el exacto es del 20 %, y el aproximado del 52 % (uniforme) o del 60 % (siempre 3 estrellas)."
)
CARD_POLARITY = "{domain}: acierta {accuracy} de {n} reseñas reservadas."
CARD_FORESEES = (
    "Bits por byte de {n} reseñas reales que debe prever: {before} antes de entrenar, {after} después."
)
CARD_GENERATED = (
    "{n} reseñas suyas: el clasificador acepta {accepted}. El juez encuentra exactamente las estrellas "
    "pedidas en {exact} de ellas, y en {kept} de las aceptadas."
)
CARD_BRACKETS = "Entre paréntesis, el intervalo del 95 %. La pestaña de métricas tiene más."
CARD_ACCEPTANCE = "Aceptadas según las estrellas pedidas: {shares}."
CARD_DETECTOR = "Un detector sencillo distingue sus reseñas de las reales: AUC {auc}, donde 0,5 es adivinar."
CARD_FILMS = (
    "Conoce reseñas de películas en inglés y escribe poco más. Lo que dice es inventado: no ha visto nada, y "
    "puede nombrar a personas."
)
CARD_ENGLISH = "Solo sabe inglés y reseñas; con otros textos su respuesta no significa nada."
CARD_FAILING = "{role} con otras reseñas"
LIMITS = "¿Dónde fallan los clasificadores?"
LIMITS_HOW = (
    "Cuanto más cerca de la primera fila, menos importa. Las reseñas de productos son reales; las irónicas "
    "y las de otros idiomas son pocas y están escritas a mano para esto, así que los intervalos son "
    "amplios, y cada una tiene una gemela que dice lo mismo llanamente en inglés."
)
LIMITS_HEAD = ("estrellas de", "reseñas", "exacto", "aproximado", "error (estrellas)")
LIMITS_FILMS = "películas, como las que aprendió"
LIMITS_SETS = {
    "products": "productos, hoteles, restaurantes, libros",
    "ironic": "reseñas irónicas",
    "spanish": "en español",
    "german or french": "en alemán o francés",
}
LIMITS_PLAIN = "… dicho llanamente en inglés"
LIMITS_DOMAINS = "Productos según el ámbito"
LIMITS_STARS = "Estrellas de otras reseñas"
LIMITS_POLARITY_HEAD = ("polaridad de", "reseñas", "aciertos")
LIMITS_POLARITY = "Polaridad de otras reseñas"
PRODUCTS_CAPTION = "{caption}: productos"

# The first visit
CLASSIFY_LEAD = (
    "Pega una reseña y el clasificador dice cuántas estrellas vale, cómo de seguro está y por qué."
)
GENERATE_LEAD = (
    "Elige las estrellas y el generador escribe reseñas para ellas; el clasificador lee cada una y se queda "
    "con las que coinciden."
)
GENERATE_EXAMPLES = "Ejemplos: rellenan el formulario; después pulsa Generar"
GENERATE_EXAMPLE_LABELS = (
    "Cinco reseñas de 5 estrellas",
    "Diez de 2, también aproximadas",
    "Cinco de 1, seguras",
    "Con un comienzo dado",
)
GENERATE_OPENING = "The acting"
TABLE_LEAD = (
    "Sube una tabla de reseñas para predecir sus estrellas, completar las estrellas que le faltan, ver si "
    "eso ayuda o adaptar los modelos a ella."
)
TABLE_EXAMPLE = "Probar una tabla de ejemplo"
BATCH_LEAD = "Da a cada fila de la tabla sus estrellas, y te devuelve la tabla para descargarla."
BALANCE_LEAD = (
    "Escribe las reseñas que les faltan a tus estrellas menos frecuentes y guarda reales y sintéticas como "
    "un conjunto de datos."
)
