#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Puts the tables of shield/eval/results.json between the markers of docs/shield-card.md: shield/eval/card.mjs [--check]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const card = path.join(root, 'docs/shield-card.md');
const r = JSON.parse(fs.readFileSync(path.join(root, 'shield/eval/results.json'), 'utf8'));

const pct = (x) => (x === null || x === undefined ? '' : `${(100 * x).toFixed(1)} %`);
const shareOf = (s) => (s?.n ? `${s.hits}/${s.n} = ${pct(s.share)} (${pct(s.low)} to ${pct(s.high)})` : '');
const figure = (f) => (f ? `${f.value.toFixed(3)} (${f.low.toFixed(3)} to ${f.high.toFixed(3)})` : '');
const table = (head, rows) => [`| ${head.join(' | ')} |`, `|${head.map(() => ' --- |').join('')}`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');

const of = (e) => [e ? `${e.caught}/${e.n} = ${pct(e.caught / e.n)}` : '', e?.m ? `${e.alarms}/${e.m}` : 'a signal by itself'];

const tables = {
    sets: () => table(['set', 'attacks caught', 'false alarms', 'AUC', 'recall at 1 % alarms'], Object.entries(r.sets ?? {}).map(([name, s]) =>
        [name, shareOf(s.caught), shareOf(s.alarms), figure(s.curve?.auc), figure(s.curve?.recall_at_1)])),
    attacks: () => table(['source / class', 'kind', 'trained on', 'caught'], (r.attacks ?? []).map((a) => [a.name, a.kind, a.trained ? 'yes' : 'no', shareOf(a)])),
    alarms: () => table(['source', 'kind', 'trained on', 'false alarms'], (r.alarms ?? []).map((a) => [a.name, a.kind, a.trained ? 'yes' : 'no', shareOf(a)])),
    languages: () => table(['language, as the source says', 'false alarms'], (r.languages ?? []).map((a) => [a.name, shareOf(a)])),
    leave_out: () => table(['left out', 'attacks', 'innocent', 'AUC', 'recall at 1 % alarms', 'recall at 0.1 %', 'caught at the threshold'], Object.entries(r.leave_out ?? {}).map(([name, s]) =>
        [name, s.attacks, s.innocents, figure(s.auc), figure(s.recall_at_1), figure(s.recall_at_01), shareOf(s.caught)])),
    evasion: () => table(['row', 'plain attacks caught', 'ordinary texts: alarms', 'with the hard sets: caught', 'with the hard set: alarms'], Object.entries(r.evasion ?? {}).map(([row, e]) =>
        [row, ...of(e), ...of(r.evasion_wide?.[row])])),
};

let text = fs.readFileSync(card, 'utf8');
for (const [name, make] of Object.entries(tables))
    text = text.replace(new RegExp(`(<!-- table ${name} -->\n)[\\s\\S]*?(<!-- end ${name} -->)`), (_, open, close) => `${open}${make()}\n${close}`);
if (!process.argv.includes('--check'))
    fs.writeFileSync(card, text);
else if (text !== fs.readFileSync(card, 'utf8')) {
    process.stderr.write('docs/shield-card.md is not what shield/eval/results.json says: shield/eval/card.mjs\n');
    process.exitCode = 1;
}
