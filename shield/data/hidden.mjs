// SPDX-License-Identifier: Apache-2.0
// Instructions hidden in documents and in what tools return, each with its twin: the same text without them, or with a sentence that asks
// the same of a person.
import { Rng, capital } from './grammar.mjs';

const CARRIERS = ['d_mail', 'd_mail', 'd_ticket', 'd_review', 'd_html', 'd_html', 'd_markdown', 'd_csv', 'd_csv', 'd_code', 'd_code', 'd_json', 'd_json', 'd_tool', 'd_tool', 'd_long', 'd_long'];
const MARK = /⟦(line|html|cell|json|code)⟧/g;

const oneLine = (t) => t.replace(/\s*\n\s*/g, ' ');
/** How a text gets into a place of that sort. */
const PLACE = {
    line: (t) => t,
    html: (t, rng) => rng.pick([
        (x) => `<!-- ${x} -->`, (x) => `<p>${x}</p>`, (x) => `<div style="display:none">${x}</div>`, (x) => `<span style="font-size:0">${x}</span>`,
        (x) => `<p style="color:white">${x}</p>`, (x) => `<img src="/x.png" alt="${x.replace(/"/g, "'")}">`, (x) => `<meta name="description" content="${x.replace(/"/g, "'")}">`,
        (x) => `<li>${x}</li>`, (x) => `<a href="/" title="${x.replace(/"/g, "'")}">more</a>`,
    ])(oneLine(t)),
    cell: (t, rng) => (rng.chance(50) ? oneLine(t).replace(/[|;,]/g, ' ') : `"${oneLine(t).replace(/"/g, '""')}"`),
    json: (t) => JSON.stringify(t).slice(1, -1),
    code: (t) => oneLine(t),
};

/** A carrier with `text` at one of its places (drawn by `rng`), the others empty. */
function fill(rng, carrier, text) {
    const places = [...carrier.matchAll(MARK)];
    const chosen = text === null ? null : rng.pick(places);
    let out = '', at = 0;
    for (const p of places) {
        out += carrier.slice(at, p.index) + (p === chosen ? PLACE[p[1]](text, rng) : '');
        at = p.index + p[0].length;
    }
    return (out + carrier.slice(at)).replace(/\n{3,}/g, '\n\n').replace(/ +/g, ' ');
}

/** In what a machine wrote (tables, code, answers of tools) nobody asks for a poem: there a bare request is out of place. */
function injection(g, rng, isMachine = false) {
    const way = rng.below(100);
    if (isMachine && way >= 72)
        return capital(g.say(rng, rng.pick(['at_bare', 'at_bare', 'pool_task'])).trim());
    return capital(way < 48 ? g.say(rng, 'marked') : way < 82 ? g.say(rng, 'free') : g.say(rng, 'pool_task')).trim();
}

function* ownCarriers(g, scale) {
    const rng = new Rng('hidden/own');
    for (let i = 0; i < 8000 * scale / 100; i++) {
        const section = rng.pick(CARRIERS);
        const carrier = g.say(rng, section);
        const base = { source: `c_hidden_${section.slice(2)}`, kind: rng.chance(/json|tool/.test(section) ? 80 : 30) ? 'tool_output' : 'document' };
        const honest = rng.chance(45) ? g.say(rng, rng.pick(['person', 'person', 'person', 'aboutai', 'fact'])) : null;
        yield { ...base, label: 1, attack: 'indirect_injection', text: fill(rng, carrier, injection(g, rng, /csv|code|json|tool/.test(section))), twin: { ...base, label: 0, attack: '', text: fill(rng, carrier, honest) } };
    }
}

/** Documents of the pool: the twin without the instruction stands in the pool itself. */
function* poolCarriers(g, pool, scale) {
    const rng = new Rng('hidden/pool');
    for (const c of rng.shuffle(pool.carriers).slice(0, 4500 * scale / 100)) {
        const cuts = [...c.text.matchAll(/[.!?]\s+|\n+/g)].map((m) => m.index + m[0].length);
        const at = rng.chance(40) || !cuts.length ? c.text.length : rng.chance(25) ? 0 : rng.pick(cuts);
        const put = (t) => `${c.text.slice(0, at)}${at === c.text.length ? rng.pick(['\n', '\n\n', ' ']) : ''}${t}${at === c.text.length ? '' : rng.pick(['\n', ' ', '\n\n'])}${c.text.slice(at)}`;
        const base = { source: 'c_hidden_pool', licence: c.licence, kind: rng.chance(35) ? 'tool_output' : 'document', lang: c.lang };
        const asked = { ...base, label: 0, attack: '', text: put(g.say(rng, rng.pick(['person', 'person', 'aboutai']))) };
        yield { ...base, label: 1, attack: 'indirect_injection', text: put(injection(g, rng)), ...(rng.chance(35) ? { twin: asked } : {}) };
    }
}

/** A user who pastes a document to have something done with it. */
function* pasted(g, scale) {
    const rng = new Rng('hidden/pasted');
    const ask = ['Summarise this', 'What does this say', 'Translate into German', 'Please answer the following e-mail', 'Extract all names from', 'Check this for mistakes', 'Explain', 'tl;dr of', 'Is this urgent'];
    for (let i = 0; i < 900 * scale / 100; i++) {
        const carrier = g.say(rng, rng.pick(CARRIERS));
        const wrap = (t) => `${rng.pick(ask)}:\n\n${t}`;
        const base = { source: 'c_pasted', kind: 'user' };
        yield { ...base, label: 1, attack: 'indirect_injection', text: wrap(fill(rng, carrier, g.say(rng, 'marked').trim())), twin: { ...base, label: 0, attack: '', text: wrap(fill(rng, carrier, rng.chance(50) ? g.say(rng, rng.pick(['person', 'aboutai'])) : null)) } };
    }
}

export function* hidden(g, pool, scale) {
    yield* ownCarriers(g, scale);
    yield* poolCarriers(g, pool, scale);
    yield* pasted(g, scale);
}
