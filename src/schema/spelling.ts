/** The known word that a misspelt one most likely stands for: case apart or at most two letters away; null for none. */
export function closest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = 3;
  for (const candidate of known) {
    const distance =
      candidate.toLowerCase() === word.toLowerCase()
        ? 0
        : Math.abs(candidate.length - word.length) > 2
          ? 3
          : edits(word, candidate);
    if (distance < least && distance < Math.max(1, word.length / 2)) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, replaced));
    }
    previous = row;
  }
  return previous[b.length]!;
}
