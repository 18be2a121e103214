// SPDX-License-Identifier: Apache-2.0
// Whole texts by hand (shield/data/written/*.jsonl), as they stand and in the shapes that such texts come in: typed roughly, with a sentence
// left out, after an innocent question, inside an innocent document, in a disguise. Innocent ones get the same.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rng } from './grammar.mjs';
import { rough } from './rough.mjs';
import { transforms } from './transforms.mjs';

const dir = path.join(path.dirname(fileURLToPath(import.meta.url)), 'written');
const HARD_TO_UNDO = Object.entries(transforms).filter(([name, t]) => !t.kind && /^(leet|spaced|hyphens|dots|no_spaces|scrambled|noise|typos|suffix|random_case|combining|cyrillic|padding|rot13|base64$|reversed$)/.test(name));
const IS_ASCII = /^[\x20-\x7e\n]*$/;

export const writtenFiles = () => (fs.existsSync(dir) ? fs.readdirSync(dir).filter((f) => f.endsWith('.jsonl')).sort() : []);

export const readWritten = (file) => fs.readFileSync(path.join(dir, file), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** Sources whose innocent texts give orders that belong where they stand: within another document the same order would be out of place. */
const ORDERS = /^w_(documents[23]|tool_output2)$/;

/** The text without one of its sentences, if it has enough of them that the rest says the same. */
function shorter(rng, text) {
    const parts = text.split(/(?<=[.!?।。！？])\s+/);
    if (parts.length < 5)
        return null;
    parts.splice(rng.below(parts.length), 1);
    return parts.join(' ');
}

function* shapes(r, base, rng, pool, others) {
    const isPlain = IS_ASCII.test(r.text) && r.text.length < 600;
    if (isPlain && rng.chance(40))
        yield { ...base, text: rough(rng, r.text) };
    const less = r.attack === 'jailbreak' || !r.label ? shorter(rng, r.text) : null;
    if (less)
        yield { ...base, text: less };
    if (r.kind === 'user' && r.text.length < 600) {
        const before = (r.lang ?? 'en') === 'en' && pool.users.length ? rng.pick(pool.users) : rng.pick(others);
        if (rng.chance(30))
            yield { ...base, licence: before.licence ?? base.licence, text: `${before.text}${rng.pick([' ', '\n', '\n\n'])}${r.text}` };
    } else if (r.kind !== 'user' && pool.carriers.length && r.text.length < 900 && rng.chance(35) && (r.label || !ORDERS.test(base.source))) {
        const around = rng.pick(pool.carriers), at = around.text.indexOf('\n', rng.below(around.text.length));
        if (at > 0)
            yield { ...base, licence: around.licence, text: `${around.text.slice(0, at)}\n${r.text}\n${around.text.slice(at + 1)}`.slice(0, 3000) };
    }
    if (isPlain && r.text.length > 20 && r.text.length < 300 && r.kind === 'user' && rng.chance(12)) {
        const [name, t] = rng.pick(HARD_TO_UNDO);
        const hidden = t.make(r.text, rng);
        if (r.label || !/rot13|base64/.test(name))
            yield { ...base, attack: r.label ? 'obfuscated' : '', text: hidden };
    }
}

export function* written(pool, scale) {
    for (const file of writtenFiles()) {
        const list = readWritten(file), name = file.replace('.jsonl', '').replace(/[^a-z0-9]/g, '_');
        const rng = new Rng(`written/${name}`), innocent = list.filter((r) => !r.label && r.kind === 'user');
        for (const r of list) {
            const base = { source: `w_${name}`, kind: r.kind, label: r.label, attack: r.attack, lang: r.lang };
            yield { ...base, text: r.text };
            if (rng.chance(scale))
                yield* shapes(r, base, rng, pool, innocent.length ? innocent : list.filter((x) => !x.label));
        }
    }
}
