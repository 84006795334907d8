"""Words for the sentences of bench.app.load_test."""

# English words and their Spanish translations; two sentences share no more words in Spanish than in English.
COLOURS = {
    "red": "rojo",
    "green": "verde",
    "yellow": "amarillo",
    "white": "blanco",
    "black": "negro",
    "brown": "marrón",
    "silver": "gris",
    "golden": "dorado",
}
ANIMALS = {
    "horse": "caballo",
    "rabbit": "conejo",
    "tiger": "tigre",
    "monkey": "mono",
    "elephant": "elefante",
    "chicken": "pollo",
    "lion": "león",
    "camel": "camello",
}
PLACES = {
    "river": "el río",
    "station": "la estación",
    "market": "el mercado",
    "garden": "el jardín",
    "bridge": "el puente",
    "hotel": "el hotel",
    "village": "el pueblo",
    "mountain": "la montaña",
}
