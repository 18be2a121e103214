// SPDX-License-Identifier: Apache-2.0
// Phrase banks and how a line of them becomes a text. A bank is a text file: "= name" opens a section, every other line that is not
// empty and does not begin with "#" is one template. In a template {a|b|c} is one of several, {name} a line of that section of this file,
// else of the common ones, {^name} the same with a capital, \n a line break, \{ \} \| the signs themselves. Nothing here depends on
// anything but the seed: the same seed gives the same bytes on every machine and with every version of node.
import fs from 'node:fs';
import path from 'node:path';

/** Random numbers from a name: every family draws from a stream of its own, so that growing one bank leaves the others as they were. */
export class Rng {
    constructor(name) {
        let h = 2166136261;
        for (const byte of Buffer.from(name))
            h = Math.imul(h ^ byte, 16777619);
        this.state = h >>> 0;
    }
    next() { // splitmix32
        this.state = (this.state + 0x9e3779b9) >>> 0;
        let z = this.state;
        z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
        z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
        return (z ^ (z >>> 15)) >>> 0;
    }
    below(n) { return n <= 1 ? 0 : this.next() % n; }
    chance(percent) { return this.below(100) < percent; }
    pick(list) { return list[this.below(list.length)]; }
    shuffle(list) {
        const out = [...list];
        for (let i = out.length - 1; i > 0; i--) {
            const j = this.below(i + 1);
            [out[i], out[j]] = [out[j], out[i]];
        }
        return out;
    }
}

/** Hands out the items of a list in random order, all of them before any comes again. */
export class Deck {
    constructor(rng, list) { this.rng = rng; this.list = list; this.left = []; }
    draw() {
        if (!this.left.length)
            this.left = this.rng.shuffle(this.list);
        return this.left.pop();
    }
}

export function readBank(file) {
    const sections = new Map();
    let lines = null;
    for (const raw of fs.readFileSync(file, 'utf8').split('\n')) {
        const line = raw.trimEnd();
        if (!line || line.startsWith('#'))
            continue;
        const opens = line.match(/^= (\S+)$/);
        if (opens)
            sections.set(opens[1], (lines = sections.get(opens[1]) ?? []));
        else if (!lines)
            throw new Error(`${path.basename(file)}: a line before the first section: ${line}`);
        else
            lines.push(line);
    }
    return sections;
}

const DEPTH_MAX = 12; // of slots within slots; a bank that refers to itself ends here

export class Grammar {
    /** `common`: what every bank may name; `own`: looked up first. */
    constructor(common, own = new Map()) { this.common = common; this.own = own; this.decks = new Map(); }

    section(name) {
        const lines = this.own.get(name) ?? this.common.get(name);
        if (!lines?.length)
            throw new Error(`no section "${name}"`);
        return lines;
    }
    has(name) { return this.own.has(name) || this.common.has(name); }

    /** One line of a section, written out. */
    say(rng, name) {
        const key = `${name}`;
        if (!this.decks.has(key))
            this.decks.set(key, new Deck(rng, this.section(name)));
        return this.expand(rng, this.decks.get(key).draw());
    }

    expand(rng, template, depth = 0) {
        if (depth > DEPTH_MAX)
            throw new Error(`too deep: ${template.slice(0, 60)}`);
        let out = '', i = 0;
        while (i < template.length) {
            const c = template[i];
            if (c === '\\') {
                const n = template[i + 1];
                out += n === 'n' ? '\n' : n === 't' ? '\t' : n;
                i += 2;
            } else if (c === '{') {
                const end = closing(template, i);
                out += this.slot(rng, template.slice(i + 1, end), depth + 1);
                i = end + 1;
            } else {
                out += c;
                i++;
            }
        }
        return out;
    }

    slot(rng, inside, depth) {
        const parts = splitTop(inside);
        if (parts.length > 1)
            return this.expand(rng, rng.pick(parts), depth);
        const wantsCapital = inside.startsWith('^');
        const text = this.expand(rng, rng.pick(this.section(wantsCapital ? inside.slice(1) : inside)), depth);
        return wantsCapital ? capital(text) : text;
    }
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function closing(text, at) {
    for (let i = at, depth = 0; i < text.length; i++) {
        if (text[i] === '\\')
            i++;
        else if (text[i] === '{')
            depth++;
        else if (text[i] === '}' && --depth === 0)
            return i;
    }
    throw new Error(`a brace that never closes: ${text.slice(at, at + 60)}`);
}

function splitTop(text) {
    const parts = [''];
    for (let i = 0, depth = 0; i < text.length; i++) {
        if (text[i] === '\\') {
            parts[parts.length - 1] += text[i] + (text[++i] ?? '');
            continue;
        }
        depth += text[i] === '{' ? 1 : text[i] === '}' ? -1 : 0;
        if (text[i] === '|' && depth === 0)
            parts.push('');
        else
            parts[parts.length - 1] += text[i];
    }
    return parts;
}

/** Every slot of every template names a section, every brace closes; returns what is wrong. */
export function faults(grammar, sections) {
    const wrong = [];
    const walk = (name, text) => {
        for (let i = 0; i < text.length; i++) {
            if (text[i] === '\\') {
                i++;
            } else if (text[i] === '{') {
                const end = closing(text, i), inside = text.slice(i + 1, end), parts = splitTop(inside);
                if (parts.length === 1 && !grammar.has(inside.replace(/^\^/, '')))
                    wrong.push(`${name}: no section "${inside}"`);
                for (const part of parts.length > 1 ? parts : []) {
                    if (/_/.test(part) && grammar.has(part))
                        wrong.push(`${name}: "${part}" lacks its braces`);
                    walk(name, part);
                }
                i = end;
            }
        }
    };
    for (const [name, lines] of sections)
        for (const line of lines)
            try {
                walk(name, line);
            } catch (e) {
                wrong.push(`${name}: ${e.message}`);
            }
    return wrong;
}
