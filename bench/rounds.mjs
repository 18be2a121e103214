// SPDX-License-Identifier: Apache-2.0
// Rounds of two sides before one mock: saturated, and one caller at a time. Plain nginx is measured twice in each, so that the noise of the
// hour stands beside every figure.
import { sleep } from '../tests/e2e/harness.mjs';
import { busyShare, cpuTicks, median, oneCaller, round, runTimeUs, saturated } from './measure.mjs';

export const EDGE_CORE = 0,
    LOAD_CORE = 1,
    CONNECTIONS = 32,
    SATURATED_MIN = 0.97;

const percent = (share) => `${Math.round(100 * share)} %`;

async function saturate(plan, tool, ca, side, files) {
    const before = { cpu: runTimeUs([side.worker]), core: cpuTicks(LOAD_CORE) };
    const from = (plan.from = (plan.from ?? 0) + 1_000_000);
    const got = await saturated({ tool, core: LOAD_CORE, port: side.port, ca, head: files.head, bodies: files.body, seconds: plan.seconds, connections: CONNECTIONS, from });
    const workerUs = runTimeUs([side.worker]) - before.cpu;
    return {
        rps: round(got.requests / got.seconds, 1),
        bad: got.bad,
        cpu_us: round(workerUs / got.requests, 2),
        worker_busy: round(workerUs / 1e6 / got.seconds),
        load_core_busy: round(busyShare(before.core, cpuTicks(LOAD_CORE))),
    };
}

/** Management is asked on the worker that was just saturated: a refusal is told and asked again, ten times at most. */
async function stored(gate) {
    for (let n = 1; ; n += 1) {
        const got = n < 10 ? await gate.api('GET', '/status') : await gate.must('GET', '/status');
        if (got.status === 200) {
            const { audit, spool } = got.json.properties;
            return { entries: audit.entries, pending: spool.pendingBytes };
        }
        console.log(`status: ${got.status} ${got.json?.code ?? ''}, asked again`);
        await sleep(500);
    }
}

/** Waits until control has stored what the edge wrote. */
async function drained(gate) {
    const end = Date.now() + 60_000;
    let now = await stored(gate);
    while (now.pending > 0 && Date.now() < end) {
        await sleep(50);
        now = await stored(gate);
    }
    return now;
}

/** Requests a second are the worker's only where nothing else held it up: neither the load, whose core may be as busy as it likes, nor another task on its own. */
const isGood = (r) => r.plain.worker_busy >= SATURATED_MIN && r.gatehouse.worker_busy >= SATURATED_MIN;

/** plan: rounds, roundsMax, seconds, until (time). A round in which a worker had its core for less than SATURATED_MIN of the time is not among the good ones. */
export async function saturatedRounds(plan, tool, plain, ours, files) {
    const all = [],
        drains = [];
    while (all.filter(isGood).length < plan.rounds && all.length < plan.roundsMax && Date.now() < plan.until) {
        const first = await saturate(plan, tool, ours.gate.ready.ca, plain, files.plain);
        const before = await drained(ours.gate);
        const from = Date.now();
        const gatehouse = await saturate(plan, tool, ours.gate.ready.ca, ours, files.ours);
        drains.push(Math.round((await drained(ours.gate)).entries - before.entries) / ((Date.now() - from) / 1000));
        const again = await saturate(plan, tool, ours.gate.ready.ca, plain, files.plain);
        all.push({ plain: first, gatehouse, plain_again: again });
        const r = all.at(-1);
        console.log(
            `round ${all.length}: plain ${first.rps} and ${again.rps}, gatehouse ${gatehouse.rps} requests/s; CPU ${first.cpu_us}, ${gatehouse.cpu_us} us; workers ${percent(first.worker_busy)} and ${percent(gatehouse.worker_busy)}, load core ${percent(first.load_core_busy)} and ${percent(gatehouse.load_core_busy)}${isGood(r) ? '' : ': thrown away'}`,
        );
    }
    const bad = all.reduce((n, r) => n + r.plain.bad + r.gatehouse.bad, 0);
    if (bad > 0) throw new Error(`${bad} answers were no 200: nothing measured here means anything`);
    return { all, good: all.filter(isGood), drains };
}

/** The figures of saturated rounds: rps_ratio null where too few were good, and then *why* says so. */
export function ratiosOf(plan, saturated) {
    const isEnough = saturated.good.length >= plan.rounds;
    return {
        rps_ratio: isEnough ? round(median(saturated.good.map((r) => r.gatehouse.rps / r.plain.rps))) : null,
        why: isEnough
            ? null
            : `only in ${saturated.good.length} of ${saturated.all.length} rounds both workers had their core for ${percent(SATURATED_MIN)} of the time; ${plan.rounds} are needed`,
        cpu_ratio: round(median(saturated.all.map((r) => r.plain.cpu_us / r.gatehouse.cpu_us))),
        plain_rps_ratio: round(median(saturated.all.map((r) => r.plain_again.rps / r.plain.rps))),
        plain_cpu_ratio: round(median(saturated.all.map((r) => r.plain.cpu_us / r.plain_again.cpu_us))),
    };
}

/** plan: callRounds, calls. What we add to one caller's answers and first tokens. */
export async function oneByOne(plan, tool, plain, ours, files, ca) {
    const call = (side, request) => oneCaller({ tool, core: LOAD_CORE, port: side.port, ca, request, count: plan.calls });
    const rows = [];
    for (let i = 0; i < plan.callRounds; i++) {
        const row = {};
        for (const kind of ['whole', 'stream']) {
            const field = kind === 'whole' ? 'whole_us' : 'first_us';
            row[kind] = {
                plain: (await call(plain, files.plain[kind]))[field],
                gatehouse: (await call(ours, files.ours[kind]))[field],
                plain_again: (await call(plain, files.plain[kind]))[field],
            };
        }
        rows.push(row);
    }
    const added = (kind, side) => round(median(rows.map((r) => r[kind][side].p50 - r[kind].plain.p50)), 1);
    return {
        rows,
        added_p50_us: added('whole', 'gatehouse'),
        added_ttft_us: added('stream', 'gatehouse'),
        plain_p50_us: added('whole', 'plain_again'),
        plain_ttft_us: added('stream', 'plain_again'),
    };
}

/** The controls that ran, as the newest records of the caller `bench` tell. */
export async function controlsThatRan(gate) {
    const { json } = await gate.must('GET', '/audit/records?order=newest&kind=close&caller=gatehouse:bench&limit=50');
    const ran = new Set(
        json.value.flatMap((r) =>
            Object.entries(r.controls ?? {})
                .filter(([, v]) => !/^not/.test(v.result))
                .map(([name]) => name),
        ),
    );
    return [...ran].sort();
}
