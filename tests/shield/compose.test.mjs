// SPDX-License-Identifier: Apache-2.0
// The composed training data: whole banks, the same bytes twice, honest labels, and nothing in it of what the classifier is judged by.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Grammar, Rng, faults, readBank } from '../../shield/data/grammar.mjs';
import { grammar } from '../../shield/data/families.mjs';
import { CLEAN_LICENCES } from '../../shield/data/pool.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const NO_POOL = { goals: [], tasks: [], carriers: [], users: [] };
const shared = process.env.GATEHOUSE_SHARED ?? path.resolve(root, '../shared');
const pool = path.join(shared, 'data/shield');
const hasPool = fs.existsSync(pool);

const compose = (...args) => execFileSync(process.execPath, [path.join(root, 'shield/data/compose.mjs'), ...args],
    { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, GATEHOUSE_SHARED: '' } }).toString();
const records = (text) => text.trim().split('\n').map((line) => JSON.parse(line));
let whole;
const everything = () => (whole ??= records(compose(...(hasPool ? ['--pool', pool] : []))));

test('every slot of every bank names a section', () => {
    const g = grammar(NO_POOL);
    assert.deepEqual(faults(g, g.common), []);
    const dir = path.join(root, 'shield/data/banks/lang');
    for (const file of fs.existsSync(dir) ? fs.readdirSync(dir) : []) {
        const bank = readBank(path.join(dir, file));
        assert.deepEqual(faults(new Grammar(g.common, bank), bank), [], file);
    }
});

test('a template says what it should', () => {
    const g = new Grammar(new Map([['a', ['one {b} \\{x\\|y\\}\\n{^b}']], ['b', ['two']]]));
    assert.equal(g.say(new Rng('x'), 'a'), 'one two {x|y}\nTwo');
    assert.deepEqual(faults(g, new Map([['a', ['{c}', '{open']]])).length, 2);
    assert.throws(() => new Grammar(new Map([['a', ['{a}']]])).say(new Rng('x'), 'a'), /too deep/);
});

test('the same banks give the same bytes', () => {
    assert.equal(compose('--scale', '3'), compose('--scale', '3'));
});

test('records have the form of the pool', () => {
    const CLASSES = ['jailbreak', 'direct_injection', 'indirect_injection', 'prompt_extraction', 'obfuscated'];
    const ids = new Set(), all = everything();
    for (const r of all) {
        assert.match(r.id, /^[0-9a-f]{16}$/);
        assert.ok(!ids.has(r.id), `id twice: ${r.id}`);
        ids.add(r.id);
        assert.ok(['user', 'document', 'tool_output'].includes(r.kind));
        assert.ok(r.label ? CLASSES.includes(r.attack) : r.attack === '', JSON.stringify(r).slice(0, 200));
        assert.ok(CLEAN_LICENCES.has(r.licence), r.licence);
        assert.ok(r.text.length > 0 && r.text.length <= 6000);
    }
    for (const r of all)
        assert.ok(r.twin === undefined || ids.has(r.twin), 'a twin that is not there');
});

test('no text has both labels', () => {
    const label = new Map();
    for (const r of everything()) {
        const key = r.text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
        assert.equal(label.get(key) ?? r.label, r.label, r.text.slice(0, 200));
        label.set(key, r.label);
    }
});

const wordsOf = (text) => text.normalize('NFKC').toLowerCase().match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}]+/gu) ?? [];
const RUN = 8; // words in a row that composed data may not share with a text by which the classifier is judged

test('nothing of the held-out sets stands in the composed data', () => {
    const dir = path.join(root, 'tests/shield/holdout');
    const runs = new Map(), wholes = new Map();
    for (const file of fs.readdirSync(dir).filter((f) => f.endsWith('.jsonl')))
        for (const r of records(fs.readFileSync(path.join(dir, file), 'utf8'))) {
            const w = wordsOf(r.text);
            wholes.set(w.join(' '), r.id);
            for (let i = 0; i + RUN <= w.length; i++)
                runs.set(w.slice(i, i + RUN).join(' '), r.id);
        }
    assert.ok(wholes.size > 100, 'no held-out texts');
    for (const r of everything()) {
        const w = wordsOf(r.text);
        assert.ok(w.length < 3 || !wholes.has(w.join(' ')), `${r.id} is ${wholes.get(w.join(' '))}: ${r.text.slice(0, 100)}`);
        for (let i = 0; i + RUN <= w.length; i++) {
            const run = w.slice(i, i + RUN).join(' ');
            assert.ok(!runs.has(run), `${r.id} (${r.source}) shares "${run}" with ${runs.get(run)}`);
        }
    }
});

test('the probes of the red team are as their texts say', () => {
    const made = execFileSync(process.execPath, [path.join(root, 'shield/redteam/probes.mjs')], { maxBuffer: 1 << 26 }).toString();
    assert.equal(made, fs.readFileSync(path.join(root, 'shield/redteam/redteam.jsonl'), 'utf8'));
});

test('the model card says what the results say', () => {
    execFileSync(process.execPath, [path.join(root, 'shield/eval/card.mjs'), '--check']);
});
