// SPDX-License-Identifier: Apache-2.0
// What access costs, written to build/bench/access.json: decisions, questions, publication, and how long a change takes to the edge in an
// installation with a million principals under load (figures of bench/withdraw.mjs, which runs there). Figures are the medians of the rounds
// that stand beside them. A figure that could not be taken is null, with why.
//     node bench/access.mjs [--quick]
import fs from 'node:fs';
import path from 'node:path';
import { BINARY } from '../tests/e2e/harness.mjs';
import { measuredOn, median, publish, quantile, root, round, run } from './measure.mjs';

const built = path.resolve(path.dirname(BINARY), '..');
const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 2 : 7;
const started = Date.now();
const reasons = {};
const LIMITS = {
    median_ns: 1000, p99_ns: 5000, flat_ratio: 2, build_s: 3, load_ms: 100, overlay_to_edge_p99_ms: 250, whocan_ms: 100, diff_ms: 1000,
};

/** What a tool of build/bench prints; null, with the reason for the figures that it would have given. */
async function tool(name, args, figures, timeoutMs) {
    try {
        return JSON.parse(await run(path.join(built, 'bench', name), args, { timeoutMs }));
    } catch (e) {
        for (const figure of figures) reasons[figure] = e.message.split('\n')[0];
        return null;
    }
}

const decide = await tool('micro_access', [String(rounds)], ['median_ns', 'p99_ns', 'flat_ratio', 'load_ms'], 300_000);
const rights = await tool('micro_rights', [String(Math.min(rounds, 3))], ['build_s', 'whocan_ms', 'diff_ms'], 600_000);

/** bench/withdraw.mjs: a process of its own, so that its load and its end are its own. */
async function withdraw(...args) {
    const file = path.join(built, 'bench/withdraw.json');
    fs.rmSync(file, { force: true });
    try {
        await run(process.execPath, [path.join(root, 'bench/withdraw.mjs'), ...args, ...(isQuick ? ['--quick'] : [])], { timeoutMs: 600_000 });
        return JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch (e) {
        reasons[args.length ? 'overlay_to_edge_p99_ms' : 'withdrawal'] = e.message.split('\n').find((l) => /gatehouse:|Error:/.test(l)) ?? e.message.slice(0, 200);
        return null;
    }
}
const large = await withdraw('--large');
const withdrawn = large ?? (await withdraw()); // an installation of ordinary size says how long withdrawal takes, and not what the budget asks

const over = (of, kind, which) => (of ? round(median(of.map((r) => r[kind][which])), 0) : null);
const kinds = (of) =>
    of && Object.fromEntries(Object.keys(of[0]).map((kind) => [kind, { median_ns: over(of, kind, 'median'), p99_ns: over(of, kind, 'p99') }]));
const figures = {
    median_ns: over(decide?.many, 'mixed', 'median'), // allowed and refused in equal parts, conditional access and roles together
    p99_ns: over(decide?.many, 'mixed', 'p99'),
    flat_ratio: decide && round(over(decide.many, 'mixed', 'median') / over(decide.few, 'mixed', 'median'), 2),
    build_s: rights && round(median(rights.build_s), 2),
    load_ms: decide && round(median(decide.load_ms), 0),
    overlay_to_edge_p99_ms: large && round(quantile([...large.rounds.grant, ...large.rounds.request], 0.99), 1),
    whocan_ms: rights && round(median(rights.whocan_ms), 1),
    diff_ms: rights && round(median(rights.diff_ms), 0),
};
publish(built, 'access', {
    ...figures,
    limits: LIMITS,
    missed: Object.keys(LIMITS).filter((name) => figures[name] === null || figures[name] > LIMITS[name]),
    apart: kinds(decide?.many),
    apart_with_100_assignments: kinds(decide?.few),
    conditional_ns_by_policies: decide?.policies ?? null,
    withdrawal: withdrawn && Object.fromEntries(Object.entries(withdrawn).filter(([k]) => !['rounds', 'machine', 'commit', 'compiler'].includes(k))),
    reasons,
    world: {
        decisions: '100,000 assignments of 10,000 groups at 1,000 endpoints, 20 denials, 50 policies, 1,000,000 names of principals; callers of twelve names',
        build: '500,000 identities with two names each, 100,000 of them in ten of 10,000 groups; 100,000 assignments',
        questions: '10,000 identities in ten of 1,000 groups each, 10,000 assignments at 1,000 endpoints; diff: one assignment of a hundred stands elsewhere',
        overlay: 'the world of build in a running installation; grants and withdrawals in turn while other callers call and streams stay open',
        file_mib: decide?.file_mib ?? null,
    },
    controls: ['roles', 'denials', 'conditional access'],
    is_quick: isQuick,
    ...(await measuredOn()),
    measured: { at: new Date().toISOString(), seconds: Math.round((Date.now() - started) / 1000) },
    rounds: { decide, rights, withdraw: withdrawn?.rounds ?? null },
});
