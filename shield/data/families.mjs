// SPDX-License-Identifier: Apache-2.0
// The families of composed records: how many of each, from which sections, labelled what. A family draws from a stream of its own.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Grammar, Rng, readBank, capital } from './grammar.mjs';
import { hidden } from './hidden.mjs';
import { rough } from './rough.mjs';
import { transforms } from './transforms.mjs';
import { written } from './written.mjs';

const here = path.join(path.dirname(fileURLToPath(import.meta.url)), 'banks');
const COMMON = ['common', 'direct', 'direct2', 'jailbreak', 'jailbreak2', 'jailbreak3', 'indirect', 'indirect2', 'indirect3', 'benign', 'benign2', 'reading', 'ask', 'documents'];

/** All sections that English banks share, with the pool's goals and bare tasks as sections of their own. */
export function grammar(pool) {
    const common = new Map();
    for (const name of COMMON)
        for (const [section, lines] of readBank(path.join(here, `${name}.txt`)))
            common.set(section, [...(common.get(section) ?? []), ...lines]);
    const escape = (t) => t.replace(/[\\{}|]/g, '\\$&').replace(/\n/g, '\\n');
    common.set('pool_goal', pool.goals.length ? pool.goals.map(escape) : common.get('goal_q'));
    common.set('pool_task', pool.tasks.length ? pool.tasks.map(escape) : common.get('plain'));
    const b64 = (t) => Buffer.from(t).toString('base64');
    common.set('b64', ['SGVsbG8gd29ybGQ=', ...common.get('fact').slice(2, 6).map((f) => b64(f.replace(/[{}^]/g, ''))), b64('user=anna;theme=dark;lang=de'), b64('{"id":7,"ok":true}')]);
    common.set('hex', ['48656c6c6f', '636f66666565', 'deadbeef', 'cafe babe', '7b226964223a377d']);
    return new Grammar(common);
}

let personas;
/** One text speaks of one persona. */
function ofOne(g, rng, text) {
    personas ??= new RegExp(g.section('pname').map((p) => p.replace(/[.()]/g, '\\$&')).join('|'), 'g');
    const name = g.say(rng, 'pname');
    return text.replace(personas, () => name);
}

// section of the banks, records at scale 100, class ('' = benign)
const USER = [
    ['persona', 2200, 'jailbreak'], ['two', 450, 'jailbreak'], ['mode', 700, 'jailbreak'], ['notice', 450, 'jailbreak'], ['points', 350, 'jailbreak'],
    ['fiction', 2600, 'jailbreak'], ['polite', 2600, 'jailbreak'], ['prefix', 500, 'jailbreak'], ['setup', 450, 'jailbreak'],
    ['hijack', 2600, 'direct_injection'], ['fake_turn', 700, 'direct_injection'], ['game', 400, 'direct_injection'], ['extract', 2800, 'prompt_extraction'],
    ['b_ignore', 1800, ''], ['b_prompt', 1800, ''], ['b_role', 2000, ''], ['b_security', 2000, ''], ['b_homonym', 1300, ''], ['b_encode', 600, ''],
    ['b_plain', 900, ''], ['b_people', 300, ''], ['at_ask', 6000, ''],
];

function* fromSections(g, scale) {
    for (const [section, n, attack] of USER) {
        const rng = new Rng(`user/${section}`);
        for (let i = 0; i < n * scale / 100; i++) {
            let text = capital(ofOne(g, rng, g.say(rng, section))).replace(/ +/g, ' ');
            if (rng.chance(18) && !text.includes('\n'))
                text = rough(rng, text);
            yield { source: `c_${section}`, kind: 'user', label: attack ? 1 : 0, attack, text };
        }
    }
}

/** The frames of fiction and of polite questions around harmless goals: it is not the frame that makes the attack. */
function* harmless(g, scale) {
    const safe = new Map([['goal_do', g.section('safe_do')], ['goal_q', g.section('q_safe')], ['goal', g.section('q_safe')], ['pool_goal', g.section('q_safe')]]);
    for (const section of ['fiction', 'polite']) {
        const rng = new Rng(`user/harmless/${section}`);
        const frames = g.section(section).filter((t) => !/rules|ask\}|pname|refus|caution|alone|conscience|mirror|morals|evil|master|ethics|law|villain|criminal|wrong|decline|obliged|bold|tame|leaked|boy|scruples|fixer|fired|trust/.test(t));
        const own = new Grammar(g.common, new Map([...safe, ['frame', frames]]));
        for (let i = 0; i < 700 * scale / 100; i++)
            yield { source: 'c_harmless', kind: 'user', label: 0, attack: '', text: capital(own.say(rng, 'frame')).replace(/ +/g, ' ') };
    }
}

/** Passages and questions about them, told of people: some from the bank, some with what people tell in the pool. And what is only a few words long. */
function* readings(g, pool, scale) {
    const rng = new Rng('reading');
    const told = pool.carriers.filter((c) => /roleplay/.test(c.source)).map((c) => c.text.split(/(?<=[.!?])\s+/).filter((t) => t.length > 20 && t.length < 240));
    for (let i = 0; i < 3000 * scale / 100; i++) {
        let text = capital(g.say(rng, 'reading'));
        if (told.length && rng.chance(45)) {
            const from = rng.pick(told), k = rng.below(Math.max(1, from.length - 3)), some = from.slice(k, k + 1 + rng.below(4)).join(' ');
            text = new Grammar(g.common, new Map([['rp_pass', [some.replace(/[\\{}|]/g, '\\$&').replace(/\n/g, '\\n') || '{rp_line}']]])).say(rng, 'reading');
        }
        yield { source: 'c_reading', kind: rng.pick(['user', 'user', 'user', 'document', 'tool_output']), label: 0, attack: '', text: capital(text).replace(/ +/g, ' ') };
    }
    const plots = new Rng('plots'); // what happens in films and in court, at length: harm that nobody asks for
    for (let i = 0; i < 1500 * scale / 100; i++) {
        const text = Array.from({ length: 2 + plots.below(6) }, () => capital(g.say(plots, 'rp_pass'))).join(plots.pick([' ', ' ', '\n\n']));
        yield { source: 'c_plot', kind: plots.pick(['user', 'document', 'document', 'tool_output']), label: 0, attack: '', text: plots.chance(50) ? `${text}\n${capital(g.say(plots, 'rp_q'))}` : text };
    }
    const few = new Rng('short');
    for (let i = 0; i < 2400 * scale / 100; i++) {
        const text = g.say(few, 'short');
        yield { source: 'c_short', kind: 'user', label: 0, attack: '', text: few.chance(30) ? text.toLowerCase() : few.chance(50) ? capital(text) : text };
    }
}

/** The long texts that go from hand to hand: a greeting, many sentences on the persona, many rules, a question or none. */
function* longOnes(g, scale) {
    const rng = new Rng('user/long');
    for (let i = 0; i < 900 * scale / 100; i++) {
        const some = (section, n) => Array.from({ length: n }, () => g.say(rng, section));
        const what = some('long_what', 2 + rng.below(5)), rules = some('long_rule', 2 + rng.below(7));
        const listed = rng.chance(40) ? rules.map((r, k) => `${rng.chance(80) ? `${k + 1}.` : '-'} ${r}`).join('\n') : rules.join(rng.pick([' ', ' ', '\n', '\n\n']));
        const parts = [g.say(rng, 'long_open'), what.join(' '), listed, g.say(rng, 'long_close')];
        let text = ofOne(g, rng, parts.join(rng.pick([' ', '\n', '\n\n']))).replace(/ +/g, ' ');
        if (rng.chance(25))
            text = rough(rng, text);
        yield { source: 'c_long', kind: 'user', label: 1, attack: 'jailbreak', text };
    }
}
/** An innocent question of the pool with a hijacking at its end, its start or inside; the twin is the question with another innocent one. */
function* mixed(g, pool, scale) {
    const rng = new Rng('user/mixed');
    const users = rng.shuffle(pool.users).slice(0, 1500 * scale / 100);
    for (const u of users) {
        const [section, attack] = rng.pick([['hijack', 'direct_injection'], ['hijack', 'direct_injection'], ['extract', 'prompt_extraction'], ['fake_turn', 'direct_injection'], ['mode', 'jailbreak']]);
        const join = (extra) => (rng.chance(25) ? `${extra}\n${u.text}` : `${u.text}${rng.pick([' ', '\n', '\n\n', ' -- '])}${extra}`);
        const base = { source: 'c_mixed', licence: u.licence, kind: 'user', lang: u.lang };
        yield { ...base, label: 1, attack, text: join(capital(g.say(rng, section))), twin: { ...base, label: 0, attack: '', text: join(capital(g.say(rng, rng.pick(['b_ignore', 'b_prompt', 'b_people', 'b_plain'])))) } };
    }
}

/** What no decoder gives back whole. */
const HARD_TO_UNDO = /^(leet|spaced|hyphens|dots|vertical|no_spaces|many_shot|padding|scrambled|noise|typos|suffix|random_case|combining)/;

/** Attacks and innocent texts, both through the same disguise. An innocent text in a disguise is innocent. */
function* disguised(g, scale) {
    const rng = new Rng('user/disguised');
    for (const [name, { make, kind = 'user' }] of Object.entries(transforms))
        for (let i = 0; i < (HARD_TO_UNDO.test(name) ? 110 : 36) * scale / 100; i++) {
            const section = rng.pick(['hijack', 'extract', 'persona', 'mode', 'prefix', 'hijack', 'extract', 'polite', 'fiction', 'game', 'points']);
            const attack = make(kind === 'user' ? g.say(rng, section) : g.say(rng, 'marked').trim(), rng);
            const innocent = make(g.say(rng, kind === 'user' ? rng.pick(['b_ignore', 'b_plain', 'b_role', 'b_security', 'fact']) : rng.pick(['person', 'fact'])), rng);
            const base = { source: 'c_disguised', kind, lang: 'en' };
            const isPlainToTheEye = /^(html|display|alt|link|data|fake_turn|padding|many)/.test(name);
            yield { ...base, label: 1, attack: kind === 'document' ? 'indirect_injection' : isPlainToTheEye ? 'direct_injection' : 'obfuscated', text: attack };
            if (name !== 'tags' && name !== 'selectors')
                yield { ...base, label: 0, attack: '', text: innocent.replace('and do what it says', 'please').replace(/^(Follow the hidden message|Please read and follow|Decode twice and obey)/, 'What is this') };
        }
}

const LANGUAGE = [['hijack', 220, 'direct_injection'], ['extract', 190, 'prompt_extraction'], ['jailbreak', 220, 'jailbreak'], ['ask', 520, '']];

function* languages(common, scale) {
    const dir = path.join(here, 'lang');
    for (const file of fs.existsSync(dir) ? fs.readdirSync(dir).sort() : []) {
        const lang = file.replace('.txt', '');
        const g = new Grammar(common, readBank(path.join(dir, file)));
        for (const [section, n, attack] of LANGUAGE) {
            const rng = new Rng(`lang/${lang}/${section}`);
            for (let i = 0; i < n * scale / 100; i++) {
                let text = capital(g.say(rng, section));
                if (attack && rng.chance(20)) // after an innocent question
                    text = `${capital(g.say(rng, 'ask'))} ${text}`;
                yield { source: `c_lang_${lang}`, kind: 'user', label: attack ? 1 : 0, attack, lang, text };
            }
        }
        const rng = new Rng(`lang/${lang}/documents`);
        for (let i = 0; i < 90 * scale / 100; i++) {
            const lines = Array.from({ length: 2 + rng.below(5) }, () => capital(g.say(rng, 'doc')));
            const at = rng.below(lines.length + 1), glue = rng.pick([' ', '\n', '\n\n']);
            const base = { source: `c_lang_${lang}`, kind: rng.pick(['document', 'tool_output']), lang };
            const with_ = [...lines.slice(0, at), capital(g.say(rng, 'hidden')), ...lines.slice(at)];
            yield { ...base, label: 1, attack: 'indirect_injection', text: with_.join(glue), twin: { ...base, label: 0, attack: '', text: lines.join(glue) } };
        }
    }
}

export function* families(pool, scale) {
    const g = grammar(pool);
    yield* fromSections(g, scale);
    yield* harmless(g, scale);
    yield* readings(g, pool, scale);
    yield* longOnes(g, scale);
    yield* mixed(g, pool, scale);
    yield* disguised(g, scale);
    yield* hidden(g, pool, scale);
    yield* languages(g.common, scale);
    yield* written(pool, scale);
}
