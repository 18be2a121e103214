// SPDX-License-Identifier: Apache-2.0
// `make bench`: Gatehouse's edge beside plain nginx, written to build/bench/edge.json. Rounds are interleaved: plain, ours, plain again; the
// two plain runs against each other say how far a figure of this hour can be trusted. A figure that could not be taken is null, with why.
//     node bench/run.mjs [--quick]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { BINARY, eventually, Installation } from '../tests/e2e/harness.mjs';
import { request1 } from '../tests/e2e/http.mjs';
import { measuredOn, median, privateMib, publish, quantile, round, run, start } from './measure.mjs';
import { CONNECTIONS, controlsThatRan, EDGE_CORE, LOAD_CORE, oneByOne, ratiosOf, saturatedRounds } from './rounds.mjs';
import { chatBody, requestFiles, startGatehouse, startPlain } from './sides.mjs';

const built = path.resolve(path.dirname(BINARY), '..');
const isQuick = process.argv.includes('--quick');
const PLAN = isQuick
    ? { rounds: 3, roundsMax: 4, seconds: 1, calls: 300, callRounds: 3, grants: 15, starts: 3 }
    : { rounds: 9, roundsMax: 30, seconds: 3, calls: 1000, callRounds: 9, grants: 100, starts: 5 };
const started = Date.now();
PLAN.until = started + 9 * 60_000;
const reasons = {};
const because = (name, why) => ((reasons[name] = why), null);

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
    const latency = await oneByOne(PLAN, path.join(built, 'bench/load'), plain, ours, files, ours.gate.ready.ca);
    const changes = await grants(ours.gate, ours.path);
    await ours.pinAll();
    const saturated = await saturatedRounds(PLAN, path.join(built, 'bench/saturate'), plain, ours, files);
    const ratios = ratiosOf(PLAN, saturated);
    result = {
        rps_ratio: ratios.rps_ratio ?? because('rps_ratio', ratios.why),
        cpu_ratio: ratios.cpu_ratio,
        added_p50_us: latency.added_p50_us,
        added_ttft_us: latency.added_ttft_us,
        rss_mib: round(privateMib(ours.worker), 1),
        start_ms: round(median(start_ms), 0),
        apply_to_edge_p99_ms: round(quantile(changes, 0.99), 1),
        audit_records_s: round(median(saturated.drains), 0), // chained and stored, from the first call of a round to the last record
        ...(await tokenCache()),
        plain_against_itself: {
            rps_ratio: ratios.plain_rps_ratio,
            cpu_ratio: ratios.plain_cpu_ratio,
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
