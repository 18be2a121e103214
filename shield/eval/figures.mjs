// SPDX-License-Identifier: Apache-2.0
// What the evaluation counts: shares with intervals, the area under the curve, recall at a share of false alarms. Bootstrap draws are seeded.
import { Rng } from '../data/grammar.mjs';

/** Share of `hits` among `n`, with the bounds within which it lies 95 times in 100 (Wilson). */
export function share(hits, n) {
    if (n === 0)
        return { n, share: null };
    const z = 1.96, p = hits / n, d = 1 + z * z / n;
    const mid = (p + z * z / (2 * n)) / d, half = z / d * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return { n, hits, share: p, low: Math.max(0, mid - half), high: Math.min(1, mid + half) };
}

/** The chance that an attack scores higher than an innocent text; ties count half. */
export function auc(attacks, innocents) {
    const all = [...attacks.map((s) => [s, 1]), ...innocents.map((s) => [s, 0])].sort((a, b) => a[0] - b[0]);
    let ranks = 0;
    for (let i = 0, j; i < all.length; i = j) {
        for (j = i; j < all.length && all[j][0] === all[i][0]; j++);
        const rank = (i + 1 + j) / 2;
        for (let k = i; k < j; k++)
            ranks += all[k][1] ? rank : 0;
    }
    const n = attacks.length, m = innocents.length;
    return n && m ? (ranks - n * (n + 1) / 2) / (n * m) : null;
}

/** Recall where at most `alarms` of the innocent texts are over the threshold. */
export function recallAt(attacks, innocents, alarms) {
    const sorted = [...innocents].sort((a, b) => b - a);
    const threshold = sorted[Math.floor(innocents.length * alarms)] ?? -1;
    return attacks.filter((s) => s > threshold).length / attacks.length;
}

/** 95 % interval of a figure of two samples, by drawing both again. */
export function interval(attacks, innocents, figure, draws = 200) {
    const rng = new Rng('bootstrap'), again = (list) => list.map(() => list[rng.below(list.length)]), values = [];
    for (let i = 0; i < draws; i++)
        values.push(figure(again(attacks), again(innocents)));
    values.sort((a, b) => a - b);
    return { low: values[Math.floor(draws * 0.025)], high: values[Math.ceil(draws * 0.975) - 1] };
}

export function twoSamples(attacks, innocents) {
    if (!attacks.length || !innocents.length)
        return null;
    const of = (f) => ({ value: f(attacks, innocents), ...interval(attacks, innocents, f, attacks.length + innocents.length > 8000 ? 50 : 200) });
    return { attacks: attacks.length, innocents: innocents.length, auc: of(auc), recall_at_1: of((a, b) => recallAt(a, b, 0.01)), recall_at_01: of((a, b) => recallAt(a, b, 0.001)) };
}
