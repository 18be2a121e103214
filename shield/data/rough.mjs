// SPDX-License-Identifier: Apache-2.0
/** As people type: no capitals, a missing full stop, a slip of the finger, a word lengthened. */
export function rough(rng, text) {
    const ways = [
        (t) => t.toLowerCase(),
        (t) => t.replace(/[.!?]+$/, ''),
        (t) => t.replace(/, /g, ' ').replace(/'/g, ''),
        (t) => t.toUpperCase(),
        (t) => t.replace(/([a-z])([a-z])([a-z]{3,})/, '$2$1$3'),
        (t) => `${t}${rng.pick(['!!!', '...', ' pls', ' thx', ' 🙏', ' lol', '?'])}`,
        (t) => t.replace(/\. /g, rng.pick(['.\n', '.\n\n', '. ', ' - ', '.  '])),
        (t) => t.replace(/\byou\b/g, 'u').replace(/\bplease\b/gi, 'pls').replace(/\bare\b/g, 'r'),
    ];
    let out = text;
    for (let n = 1 + rng.below(2); n > 0; n--)
        out = rng.pick(ways)(out);
    return out;
}
