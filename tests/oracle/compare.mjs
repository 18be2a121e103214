// SPDX-License-Identifier: Apache-2.0
// The engine against the second evaluator: worlds and questions at random, both must decide alike, also on questions where conditions meet what
// is not known. The coverage is printed: which kind of rule decided how often.
//     node tests/oracle/compare.mjs [--decisions N] [--seed N] [--oracle PROGRAM] [--until-difference]
// Exit 0: all alike; 1: they differ, with the smallest help to see why; 2: it could not be run.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judge } from './conditional.mjs';
import { Random, policies, question, signIn, world } from './generate.mjs';
import { decide, setOf } from './rbac.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: option } = parseArgs({ options: { decisions: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' },
  oracle: { type: 'string', default: path.join(root, 'build/tests/oracle') }, quiet: { type: 'boolean', default: false } } });
const PER_WORLD = 3000;
const KIND_LEAST = 0.01; // no kind of rule decides less than this share

const engine = spawn(option.oracle, [], { stdio: ['pipe', 'pipe', 'inherit'] });
engine.on('error', (e) => { console.error(`oracle: ${e.message}`); process.exit(2); });
const lines = readline.createInterface({ input: engine.stdout })[Symbol.asyncIterator]();
const next = async () => {
  const { value, done } = await lines.next();
  if (done) { console.error('oracle: the engine ended'); process.exit(2); }
  return value;
};
const say = (text) => new Promise((resolve) => (engine.stdin.write(text) ? resolve() : engine.stdin.once('drain', resolve)));

await say('A\n');
const actions = JSON.parse(await next());
const byName = new Map(actions.map((a) => [a.name, a]));
const kinds = new Map();
const total = Number(option.decisions);
let done = 0, differences = 0;

// What is asked of a world, and how each side says it; `mine` gives {text, kind, rules}.
const SUBJECTS = {
  Q: { ask: question, mine: (set, ask) => { const d = decide(set, { ...ask, action: byName.get(ask.action) }); return { text: d.decision, kind: d.kind, rules: [d.rule] }; },
    theirs: (line) => ({ text: line.split(' ')[0], rules: [line.slice(line.indexOf(' ') + 1)] }) },
  C: { ask: signIn, mine: (set, ask) => {
    const kind = set.identities.get(ask.as).kind, d = judge(set, { ...ask, sort: kind === 'user' ? 'user' : 'workload' });
    return { text: `${[d.decision, ...d.denied].join(' ')} |${d.reported.map((x) => ` ${x}`).join('')}`, rules: [...d.denied, ...d.reported].map((p) => `/conditionalAccess/${p}`),
      kind: `sign-in: ${d.decision}${d.denied.length > 1 ? ' by several' : d.denied.length === 0 && d.reported.length > 0 ? ', reported' : ''}` };
  }, theirs: (line) => ({ text: line, rules: line.match(/p\d/g)?.map((p) => `/conditionalAccess/${p}`) ?? [] }) },
};

function differ(w, letter, ask, answer, mine) {
  console.error(`world ${w.seed}: the engine says "${answer}", the second evaluator "${mine.text}" (${mine.kind})\n${letter} ${JSON.stringify(ask)}`);
  const rules = new Set([...mine.rules, ...SUBJECTS[letter].theirs(answer).rules]);
  for (const o of w.objects) if (rules.has(o.path)) console.error(JSON.stringify(o));
}

async function answersTo(text, n) {
  const read = async () => { const all = []; while (all.length < n) all.push(await next()); await next(); return all; };
  return (await Promise.all([read(), say(`${text}A\n`)]))[0];
}

for (let seed = Number(option.seed); done < total && differences === 0; seed += 1) {
  const w = world(seed, actions), r = new Random(seed ^ 0x5eed);
  w.objects.push(...policies(w));
  const set = setOf(w.objects);
  await say(`W ${JSON.stringify({ objects: w.objects })}\n`);
  const made = await next();
  if (made !== 'ok') { console.error(`oracle: world ${seed}: ${made}`); process.exit(2); }
  for (const [letter, subject] of Object.entries(SUBJECTS)) {
    const asks = Array.from({ length: Math.min(PER_WORLD, total - done) }, () => subject.ask(r, w, actions));
    const answers = await answersTo(asks.map((a) => `${letter} ${JSON.stringify(a)}\n`).join(''), asks.length);
    for (const [i, ask] of asks.entries()) {
      const mine = subject.mine(set, ask);
      kinds.set(mine.kind, (kinds.get(mine.kind) ?? 0) + 1);
      done += 1;
      if (mine.text === subject.theirs(answers[i]).text) continue;
      differences += 1;
      differ(w, letter, ask, answers[i], mine);
      break;
    }
    if (differences > 0) break;
  }
}
engine.stdin.end();
const share = Object.fromEntries([...kinds].sort().map(([k, n]) => [k, Number((n / done).toFixed(4))]));
const rare = Object.entries(share).filter(([, s]) => s < KIND_LEAST).map(([k]) => k);
if (!option.quiet) console.log(JSON.stringify({ decisions: done, differences, share }));
if (rare.length > 0 && done >= 300_000 && differences === 0) { console.error(`oracle: too seldom asked: ${rare.join(', ')}`); process.exit(2); }
process.exit(differences > 0 ? 1 : 0);
