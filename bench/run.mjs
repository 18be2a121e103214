// SPDX-License-Identifier: Apache-2.0
// `make bench`: Gatehouse's edge beside plain nginx, written to build/bench/edge.json. Rounds are interleaved: plain, ours, plain again; the
// two plain runs against each other say how far a figure of this hour can be trusted. A figure that could not be taken is null, with why.
//     node bench/run.mjs [--quick]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { BINARY, eventually, Installation, sleep } from '../tests/e2e/harness.mjs';
import { request1 } from '../tests/e2e/http.mjs';
import { busyShare, cpuTicks, measuredOn, median, oneCaller, privateMib, publish, quantile, root, round, run, runTimeUs, start, wrk } from './measure.mjs';
import { chatBody, requestFiles, startGatehouse, startPlain } from './sides.mjs';

const built = path.resolve(path.dirname(BINARY), '..');
const isQuick = process.argv.includes('--quick');
const PLAN = isQuick
    ? { rounds: 3, roundsMax: 4, seconds: 1, calls: 300, callRounds: 3, grants: 15, starts: 3 }
    : { rounds: 9, roundsMax: 30, seconds: 3, calls: 1000, callRounds: 9, grants: 100, starts: 5 };
const EDGE_CORE = 0,
    LOAD_CORE = 1,
    CONNECTIONS = 32,
    BUSY_MAX = 0.9,
    TIME_MAX_MS = 9 * 60_000;
const started = Date.now();
const reasons = {};
const because = (name, why) => ((reasons[name] = why), null);

// ---- saturated: requests a second and CPU time a request ------------------------------------------------------------------------------

async function saturate(side, files) {
    const before = { cpu: runTimeUs([side.worker]), core: cpuTicks(LOAD_CORE) };
    const got = await wrk({
        url: `https://127.0.0.1:${side.port}${side.path}`,
        core: LOAD_CORE,
        seconds: PLAN.seconds,
        connections: CONNECTIONS,
        script: path.join(root, 'bench/chat.lua'),
        env: { BENCH_BODY: files.body, BENCH_HEADERS: files.headers },
    });
    return {
        rps: got.rps,
        bad: got.bad,
        cpu_us: round((runTimeUs([side.worker]) - before.cpu) / got.requests, 2),
        load_core_busy: round(busyShare(before.core, cpuTicks(LOAD_CORE))),
    };
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
async function stored(gate) {
    const { audit, spool } = (await gate.must('GET', '/status')).json.properties;
    return { entries: audit.entries, pending: spool.pendingBytes };
}

async function rounds(plain, ours, files) {
    const all = [],
        drains = [];
    const isGood = (r) => r.plain.load_core_busy <= BUSY_MAX && r.gatehouse.load_core_busy <= BUSY_MAX;
    while (all.filter(isGood).length < PLAN.rounds && all.length < PLAN.roundsMax && Date.now() - started < TIME_MAX_MS) {
        const first = await saturate(plain, files.plain);
        const before = await drained(ours.gate);
        const from = Date.now();
        const gatehouse = await saturate(ours, files.ours);
        drains.push(Math.round((await drained(ours.gate)).entries - before.entries) / ((Date.now() - from) / 1000));
        const again = await saturate(plain, files.plain);
        all.push({ plain: first, gatehouse, plain_again: again });
        const r = all.at(-1);
        console.log(
            `round ${all.length}: plain ${first.rps} and ${again.rps}, gatehouse ${gatehouse.rps} requests/s; CPU ${first.cpu_us}, ${gatehouse.cpu_us} us; load core ${Math.round(100 * Math.max(first.load_core_busy, gatehouse.load_core_busy))} %${isGood(r) ? '' : ': thrown away'}`,
        );
    }
    const bad = all.reduce((n, r) => n + r.plain.bad + r.gatehouse.bad, 0);
    if (bad > 0) throw new Error(`${bad} answers were no 200: nothing measured here means anything`);
    return { all, good: all.filter(isGood), drains };
}

// ---- one caller: what we add --------------------------------------------------------------------------------------------------------------

async function oneByOne(plain, ours, files, ca) {
    const tool = path.join(built, 'bench/load');
    const call = (side, request, count) => oneCaller({ tool, core: LOAD_CORE, port: side.port, ca, request, count });
    const rows = [];
    for (let i = 0; i < PLAN.callRounds; i++) {
        const row = {};
        for (const kind of ['whole', 'stream']) {
            const field = kind === 'whole' ? 'whole_us' : 'first_us';
            row[kind] = {
                plain: (await call(plain, files.plain[kind], PLAN.calls))[field],
                gatehouse: (await call(ours, files.ours[kind], PLAN.calls))[field],
                plain_again: (await call(plain, files.plain[kind], PLAN.calls))[field],
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

// ---- changes and starts --------------------------------------------------------------------------------------------------------------------

/** Milliseconds from the sending of a role assignment (and of its removal) to its effect on a caller, while another caller keeps asking. */
async function grants(gate, url) {
    const { token } = await identity(gate, 'granted');
    const status = () =>
        request1(gate.origin, {
            method: 'POST',
            path: url,
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: chatBody(),
        }).then((r) => r.status);
    let isOn = true;
    const other = (async () => {
        while (isOn)
            await request1(gate.origin, {
                method: 'POST',
                path: url,
                headers: { authorization: `Bearer ${gate.benchToken}`, 'content-type': 'application/json' },
                body: chatBody(),
            });
    })();
    const times = [];
    for (let i = 0; i < PLAN.grants; i++) {
        const at = `/roleAssignments/${randomUUID()}`;
        for (const [change, wanted] of [
            [
                () =>
                    gate.put(at, {
                        roleDefinitionId: 'Cognitive Services OpenAI User',
                        principalId: '/identities/granted',
                        scope: '/workspaces/bench',
                    }),
                200,
            ],
            [() => gate.delete(at), 403],
        ]) {
            const from = performance.now();
            const changed = change();
            await eventually(`${wanted}`, async () => (await status()) === wanted, { withinMs: 10_000, everyMs: 0 });
            times.push(performance.now() - from);
            await changed;
        }
    }
    isOn = false;
    await other;
    return times;
}
async function identity(gate, name) {
    await gate.put(`/identities/${name}`, { kind: 'servicePrincipal' });
    return { token: await gate.token(name) };
}

/** Milliseconds from `gatehouse up` on an empty directory to the first 200. */
async function starts(dir) {
    const times = [];
    for (let i = 0; i < PLAN.starts; i++) {
        const home = path.join(dir, `start-${i}`);
        fs.mkdirSync(home);
        fs.chmodSync(home, 0o755);
        const from = performance.now();
        const gate = await Installation.start({ dir: home, args: ['--demo'] });
        const at = `${new URL(gate.ready.openai_base_url).pathname}/chat/completions`;
        await eventually(
            'the first 200',
            async () =>
                (
                    await gate.request({
                        method: 'POST',
                        path: at,
                        headers: { authorization: `Bearer ${gate.clientToken}`, 'content-type': 'application/json' },
                        body: JSON.stringify({ model: gate.ready.deployment, messages: [{ role: 'user', content: 'hi' }] }),
                    })
                ).status === 200,
            { everyMs: 2, withinMs: 20_000 },
        );
        times.push(performance.now() - from);
        await gate.stop();
    }
    return times;
}

// ---- what ran, where ----------------------------------------------------------------------------------------------------------------------

async function controlsThatRan(gate) {
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
async function tokenCache() {
    const tool = path.join(built, 'bench/micro_token');
    if (!fs.existsSync(tool))
        return {
            hit_us: because('hit_us', 'build/bench/micro_token is not built'),
            miss_us: because('miss_us', 'build/bench/micro_token is not built'),
        };
    const text = await run(tool, [], { timeoutMs: 60_000 });
    const { hit_us, miss_us } = JSON.parse(text); // by algorithm; our own tokens are ES256
    return { hit_us: hit_us.ES256, miss_us: miss_us.ES256, hit_us_by_algorithm: hit_us, miss_us_by_algorithm: miss_us };
}

// ---- all together -------------------------------------------------------------------------------------------------------------------------

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-'));
fs.chmodSync(dir, 0o755);
process.env.GATEHOUSE_E2E_CANARIES = path.join(dir, 'canaries');
const stops = [];
let result;
try {
    if (os.cpus().length < 2) throw new Error('needs two cores: one for the edge, one for the load');
    const start_ms = await starts(dir);
    const { child: mock, line: mockPort } = await start('taskset', ['-c', String(LOAD_CORE), path.join(built, 'bench/mock')], {
        wantsLine: true,
    });
    mock.removeAllListeners('exit');
    stops.push(() => mock.kill('SIGTERM'));
    const ours = await startGatehouse({ dir: path.join(dir, 'gatehouse'), mockPort, core: EDGE_CORE, otherCore: LOAD_CORE });
    stops.push(ours.stop);
    ours.gate.benchToken = ours.headers.authorization.slice('Bearer '.length);
    const plain = await startPlain({ dir: path.join(dir, 'plain'), mockPort, core: EDGE_CORE, tls: path.join(ours.gate.data, 'tls') });
    stops.push(plain.stop);
    plain.headers = ours.headers; // both sides get the same bytes
    const files = { plain: requestFiles(dir, plain, chatBody()), ours: requestFiles(dir, ours, chatBody()) };
    const latency = await oneByOne(plain, ours, files, ours.gate.ready.ca);
    const changes = await grants(ours.gate, ours.path);
    await ours.pinAll();
    const saturated = await rounds(plain, ours, files);
    const ratios = (list, f) => list.map(f);
    const rps = ratios(saturated.good, (r) => r.gatehouse.rps / r.plain.rps);
    const enough = saturated.good.length >= PLAN.rounds;
    result = {
        rps_ratio: enough
            ? round(median(rps))
            : because(
                  'rps_ratio',
                  `only ${saturated.good.length} of ${saturated.all.length} rounds had the load's core at most ${BUSY_MAX * 100} % busy; ${PLAN.rounds} are needed`,
              ),
        cpu_ratio: round(median(saturated.all.map((r) => r.plain.cpu_us / r.gatehouse.cpu_us))),
        added_p50_us: latency.added_p50_us,
        added_ttft_us: latency.added_ttft_us,
        rss_mib: round(privateMib(ours.worker), 1),
        start_ms: round(median(start_ms), 0),
        apply_to_edge_p99_ms: round(quantile(changes, 0.99), 1),
        audit_records_s: round(median(saturated.drains), 0), // chained and stored, from the first call of a round to the last record
        ...(await tokenCache()),
        plain_against_itself: {
            rps_ratio: round(median(saturated.all.map((r) => r.plain_again.rps / r.plain.rps))),
            cpu_ratio: round(median(saturated.all.map((r) => r.plain.cpu_us / r.plain_again.cpu_us))),
            added_p50_us: latency.plain_p50_us,
            added_ttft_us: latency.plain_ttft_us,
        },
        controls: await controlsThatRan(ours.gate),
        reasons,
        is_quick: isQuick,
        ...(await measuredOn()),
        measured: {
            at: new Date().toISOString(),
            seconds: Math.round((Date.now() - started) / 1000),
            connections: CONNECTIONS,
            prompt_bytes: 2048,
            listener: 'TLS 1.3, HTTP/1.1 keepalive, proxy_buffering off, one worker on one core',
            rounds_thrown_away: saturated.all.length - saturated.good.length,
        },
        rounds: {
            saturated: saturated.all,
            one_caller: latency.rows,
            start_ms: start_ms.map((v) => round(v, 0)),
            apply_to_edge_ms: changes.map((v) => round(v, 1)),
            audit_records_s: saturated.drains.map((v) => round(v, 0)),
        },
    };
} finally {
    for (const stop of stops.reverse()) await stop();
    fs.rmSync(dir, { recursive: true, force: true });
}
publish(built, 'edge', result);
