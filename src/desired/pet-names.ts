/** Words for random_pet: adverbs before an adjective before an animal, as many as `length` asks for. */
const list = (text: string): readonly string[] => text.split(" ");

export const adverbs = list(
  "barely boldly briefly calmly clearly closely deeply duly early easily evenly fairly firmly freely fully gently " +
    "gladly greatly highly humbly jointly justly keenly kindly largely lightly loudly mainly mildly mostly neatly nicely",
);

export const adjectives = list(
  "able active alert amused awake aware bold brave bright busy calm capable cheerful civil clean clever clear cosmic " +
    "crisp curious daring deep direct eager easy eternal exact fair famous fancy fast fine firm fit fleet fluent free " +
    "fresh full gentle glad golden good grand great happy hardy helpful honest humble ideal immense just keen kind " +
    "large lasting lively logical lovely loyal lucky",
);

export const animals = list(
  "adder alpaca anchovy ant antelope badger barnacle bass bat bear beetle bison boar bobcat buck buffalo camel cat " +
    "chamois cicada civet clam cobra cod condor cougar cow coyote crab crane cricket crow deer dingo dog dolphin dove " +
    "duck eagle eel egret elk falcon fawn ferret finch fish fox frog gannet gator gecko gibbon goat goose grouse gull " +
    "hare hawk heron",
);
