// SPDX-License-Identifier: Apache-2.0
// Does the comparison find what it is for? Thirteen bugs (two of them in `access explain`, which is asked whether it agrees), one after the other, are put into
// copies of the engine's files, linked with the rest of a build, and each must be found within 100,000 decisions. A line that is not in its file any more is a failure: the bug must move with the code.
//     node tests/oracle/bugs.mjs [BUILD_DIR]
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(process.argv[2] ?? path.join(root, 'build'));
const DECISIONS = 100_000;

const BUGS = [
  { name: 'a scope covers its namesakes', file: 'core/policy/resource.c', from: "(scope.n < path.n && path.p[scope.n] != '/')", to: 'false' },
  { name: 'notActions take nothing away', file: 'core/policy/role.c', from: '!matches(&r->list[is_data ? NOT_DATA_ACTIONS : NOT_ACTIONS], action)', to: 'true' },
  { name: 'the planes mix', file: 'core/policy/role.c', from: 'matches(&r->list[is_data ? DATA_ACTIONS : ACTIONS], action)', to: 'matches(&r->list[ACTIONS], action)' },
  { name: 'who is excluded from a denial is denied', file: 'core/policy/decide.c', from: '        is_spared(denial, in->q->caller))', to: '        false)' },
  { name: 'a denial is for its scope alone', file: 'core/policy/decide.c', from: '    return gh_scope_covers(scope, in->q->path);\n}\n\nstatic bool\nis_spared', to: '    return gh_str_eq(scope, in->q->path);\n}\n\nstatic bool\nis_spared' },
  { name: 'what is not known, negated, holds', file: 'core/policy/condition_run.c', from: 'v == GH_HOLDS_NO ? GH_HOLDS_YES : v', to: 'GH_HOLDS_YES' },
  { name: 'OR is AND', file: 'core/policy/condition_run.c', from: 'op == GH_COND_AND ? GH_HOLDS_NO : GH_HOLDS_YES', to: 'GH_HOLDS_NO' },
  { name: 'groups that are not known are none', file: 'core/policy/decide.c', from: '(caller->groups_unknown && is_denied_by_group(', to: '(false && is_denied_by_group(' },
  { name: 'report-only policies deny', file: 'core/policy/conditional.c', from: 'if (is_denied && !is_reporting)', to: 'if (is_denied)' },
  { name: 'excluded places do not count', file: 'core/policy/conditional.c', from: 'without(included, any_place(j, gh_snap_str_of(p, GH_COND_POLICY_NOT_PLACES)))', to: 'included' },
  { name: 'explain forgets who is spared', file: 'control/access/access_explain.c', from: '    if (is_excluded(denial, &x->caller))', to: '    if (false)' },
  { name: 'explain lets grants go on for ever', file: 'control/access/access_explain.c', from: 'end != 0 && (uint64_t)now_ms >= end ?', to: 'end == 1 ?' },
  { name: 'a grant holds a moment too long', file: 'core/policy/decide.c', from: 'now >= start && (end == 0 || now < end)', to: 'now >= start && (end == 0 || now <= end)' },
];

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bugs-'));
const shell = (line) => execFileSync('sh', ['-c', line], { cwd: build, stdio: ['ignore', 'ignore', 'inherit'] });
const commands = execFileSync('ninja', ['-C', build, '-t', 'commands', 'tests/oracle'], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');

// The file's own compiler line, for a changed copy of it; the linker takes our object before it looks into the archives.
function plant(bug, i) {
  const text = fs.readFileSync(path.join(root, bug.file), 'utf8');
  if (text.split(bug.from).length !== 2) throw new Error(`its line is not in ${bug.file} once`);
  const copy = path.join(work, `${i}.c`), object = path.join(work, `${i}.o`), program = path.join(work, `oracle-${i}`);
  fs.writeFileSync(copy, text.replace(bug.from, bug.to));
  const compile = commands.find((c) => c.endsWith(` -c ../${bug.file}`) || c.endsWith(` -c ${path.join(root, bug.file)}`));
  const link = commands.find((c) => c.includes(' -o tests/oracle '));
  if (compile === undefined || link === undefined) throw new Error(`no line of the build compiles ${bug.file}`);
  shell(compile.replace(/ -o \S+/, ` -o ${object}`).replace(/ -M[QF] \S+/g, '').replace(/ -MD/, '').replace(/ -c \S+$/, ` -Wno-unused-function -c ${copy}`));
  shell(link.replace(' -o tests/oracle ', ` -o ${program} ${object} `));
  return program;
}

let failed = 0;
for (const [i, bug] of BUGS.entries()) {
  let found;
  try {
    const run = spawnSync(process.execPath, [path.join(root, 'tests/oracle/compare.mjs'), '--decisions', String(DECISIONS), '--oracle', plant(bug, i)], { encoding: 'utf8' });
    found = run.status === 1 ? `found within ${JSON.parse(run.stdout).decisions} decisions` : undefined;
    if (run.status === 2) console.error(run.stderr);
  } catch (e) {
    console.error(`${bug.name}: ${e.message}`);
  }
  console.log(`${found === undefined ? 'not ok' : 'ok'} ${i + 1} - ${bug.name}: ${found ?? 'NOT FOUND'}`);
  failed += found === undefined;
}
fs.rmSync(work, { recursive: true });
console.log(`${BUGS.length - failed} passed, ${failed} failed, 0 skipped`);
process.exit(failed > 0 ? 1 : 0);
