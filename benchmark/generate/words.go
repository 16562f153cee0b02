package generate

// Words of the generators. Their order and number are part of every generator that
// draws from them: they never change.

var firstNames = []string{
	"Ada", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemal", "Lena", "Marco", "Nadia", "Oscar", "Paula",
	"Quinn", "Rosa", "Samir", "Tara", "Ugo", "Vera", "Walid", "Xenia", "Yusuf", "Zoe", "Amir", "Bella", "Chen", "Dora", "Emil", "Freya",
}

var lastNames = []string{
	"Abara", "Berg", "Costa", "Dahl", "Endo", "Fischer", "Garcia", "Haddad", "Ivanov", "Jensen", "Kaya", "Lopez", "Mbeki", "Novak", "Okoye", "Petrov",
	"Quist", "Rossi", "Sato", "Tanaka", "Ulrich", "Vargas", "Weber", "Xu", "Yilmaz", "Zhang", "Adler", "Brandt", "Cohen", "Duarte", "Eriksen", "Farrell",
}

var cities = []string{
	"Lisbon", "Oslo", "Cairo", "Lima", "Kyoto", "Porto", "Turin", "Accra", "Quito", "Delhi", "Bergen", "Ghent", "Hanoi", "Izmir", "Jaipur", "Krakow",
	"Leeds", "Malmo", "Nairobi", "Odessa", "Perth", "Riga", "Seville", "Tunis", "Utrecht", "Vienna", "Warsaw", "Zagreb", "Basel", "Bilbao", "Calgary", "Dakar",
}

var professions = []string{
	"baker", "carpenter", "dentist", "editor", "farmer", "gardener", "historian", "judge", "librarian", "mason", "nurse", "optician", "painter", "reporter", "sailor", "tailor",
}

var animals = []string{
	"otter", "badger", "falcon", "lynx", "heron", "beaver", "gecko", "moose", "raven", "tapir", "walrus", "zebra", "ibex", "koala", "lemur", "newt",
}

var colours = []string{"red", "blue", "green", "yellow", "white", "black", "orange", "purple"}

var drinks = []string{"tea", "coffee", "milk", "juice", "water", "cocoa", "lemonade", "cider"}

var goods = []string{
	"lamp", "chair", "kettle", "ladder", "mirror", "notebook", "pillow", "ruler", "scarf", "teapot", "umbrella", "vase", "whistle", "basket", "candle", "drawer",
	"envelope", "funnel", "goblet", "hammer", "inkwell", "jacket", "keyring", "lantern", "magnet", "needle", "oven", "pencil", "quilt", "rope", "saddle", "tray",
}

// Plain short words for lists of words.
var plainWords = []string{
	"apple", "river", "stone", "cloud", "tiger", "bread", "chair", "delta", "eagle", "flame", "grape", "house", "ivory", "jelly", "knife", "lemon",
	"mango", "night", "ocean", "piano", "queen", "robin", "sugar", "table", "uncle", "violin", "wheel", "yacht", "zebra", "anchor", "basil", "cedar",
	"dune", "elm", "fig", "gold", "hat", "ink", "jar", "kite", "lake", "moon", "nest", "oak", "pear", "quill", "rain", "sand", "tree", "urn", "vine", "wolf",
	"amber", "birch", "coral", "daisy", "ember", "fern", "glove", "honey", "iris", "jade", "kelp", "lily",
}

// Words that mean nothing, for logic that knowledge of the world must not help with.
var nonsenseNouns = []string{
	"blips", "crons", "dazzes", "florps", "grems", "hulvers", "jorps", "kleems", "lumbos", "mizzles", "nargs", "plonks", "quibs", "rundles", "snorks", "trelps",
	"vexils", "wobbins", "yarkles", "zilches",
}

var months = []string{
	"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
