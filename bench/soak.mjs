// SPDX-License-Identifier: Apache-2.0
// `make bench`, second part: does memory stay? Requests without end, then many streams at once, each with samples of what the edge's worker and
// control hold for themselves; a line through the samples of the second half says where it would go. Written to build/bench/soak.json.
//     node bench/soak.mjs [--quick | --full]     --full: 1,000,000 requests and streams of ten minutes
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { BINARY, sleep } from '../tests/e2e/harness.mjs';
import { measuredOn, median, privateMib, publish, root, round, start, wrk } from './measure.mjs';
import { chatBody, requestFiles, startGatehouse } from './sides.mjs';

const built = path.resolve(path.dirname(BINARY), '..');
const PLAN = process.argv.includes('--full')
    ? { requests: 1_000_000, segment_s: 10, streams: 1000, stream_s: 600 }
    : process.argv.includes('--quick')
      ? { requests: 20_000, segment_s: 1, streams: 100, stream_s: 8 }
      : { requests: 200_000, segment_s: 3, streams: 1000, stream_s: 40 };
const PACE_MS = 1000;

/** Least squares: { slope, at0 } of points [x, y]. */
function line(points) {
    const n = points.length;
    const mx = points.reduce((s, [x]) => s + x, 0) / n;
    const my = points.reduce((s, [, y]) => s + y, 0) / n;
    const sxx = points.reduce((s, [x]) => s + (x - mx) ** 2, 0);
    const slope = sxx === 0 ? 0 : points.reduce((s, [x, y]) => s + (x - mx) * (y - my), 0) / sxx;
    return { slope, at0: my - slope * mx };
}
/** Of the samples behind the warm-up half. */
const settled = (rows, x, y) => line(rows.slice(Math.floor(rows.length / 2)).map((r) => [r[x], r[y]]));

const controlPid = (gate) => gate.processes().find((p) => p.name === 'gatehoused').pid;
const memory = (side) => ({ worker_mib: round(privateMib(side.worker), 2), control_mib: round(privateMib(controlPid(side.gate)), 2) });

async function manyRequests(side, files) {
    const rows = [{ requests: 0, ...memory(side) }];
    while (rows.at(-1).requests < PLAN.requests) {
        const got = await wrk({
            url: `https://127.0.0.1:${side.port}${side.path}`,
            core: 1,
            seconds: PLAN.segment_s,
            connections: 32,
            script: path.join(root, 'bench/chat.lua'),
            env: { BENCH_BODY: files.body, BENCH_HEADERS: files.headers },
        });
        if (got.bad > 0) throw new Error(`${got.bad} answers were no 200`);
        rows.push({ requests: rows.at(-1).requests + got.requests, ...memory(side) });
        console.log(`${rows.at(-1).requests} requests: worker ${rows.at(-1).worker_mib} MiB, control ${rows.at(-1).control_mib} MiB`);
    }
    return rows;
}

/** One stream: counts its events, ends with its answer. */
function stream(side, agent, tally) {
    return new Promise((done) => {
        const request = https.request(
            {
                host: '127.0.0.1',
                port: side.port,
                path: side.path,
                method: 'POST',
                agent,
                headers: { ...side.headers, 'content-type': 'application/json' },
            },
            (answer) => {
                if (answer.statusCode !== 200) tally.refused++;
                answer.on('data', (d) => (tally.events += d.toString().split('\n\n').length - 1));
                answer.on('end', () => ((tally.ended += answer.complete ? 1 : 0), done()));
                answer.on('error', done);
            },
        );
        request.on('error', () => (tally.failed++, done()));
        request.end(chatBody({ stream: true, paced: 1 }));
    });
}

async function manyStreams(side) {
    const agent = new https.Agent({ ca: fs.readFileSync(side.gate.ready.ca), maxSockets: Infinity, keepAlive: false });
    const tally = { events: 0, ended: 0, refused: 0, failed: 0 };
    const before = { seconds: 0, open: 0, ...memory(side) };
    const began = Date.now();
    const all = [];
    for (let i = 0; i < PLAN.streams; i++) {
        all.push(stream(side, agent, tally));
        if (i % 50 === 49) await sleep(20);
    }
    const rows = [before];
    const isOver = Promise.all(all).then(() => true);
    while (!(await Promise.race([isOver, sleep(Math.max(1000, PLAN.stream_s * 25)).then(() => false)]))) {
        rows.push({ seconds: round((Date.now() - began) / 1000, 1), open: PLAN.streams - tally.ended, events: tally.events, ...memory(side) });
        if (tally.ended > 0) break;
    }
    await isOver;
    agent.destroy();
    await sleep(500);
    return { rows, after: memory(side), tally };
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-soak-'));
fs.chmodSync(dir, 0o755);
process.env.GATEHOUSE_E2E_CANARIES = path.join(dir, 'canaries');
const stops = [];
let result;
try {
    if (os.cpus().length < 2) throw new Error('needs two cores: one for the edge, one for the load');
    const { child: mock, line: mockPort } = await start(
        'taskset',
        ['-c', '1', path.join(built, 'bench/mock'), String(PACE_MS), String(Math.ceil((PLAN.stream_s * 1000) / PACE_MS))],
        { wantsLine: true },
    );
    mock.removeAllListeners('exit');
    stops.push(() => mock.kill('SIGTERM'));
    const ours = await startGatehouse({ dir: path.join(dir, 'gatehouse'), mockPort, core: 0, otherCore: 1 });
    stops.push(ours.stop);
    const files = requestFiles(dir, ours, chatBody());
    const requests = await manyRequests(ours, files);
    const streams = await manyStreams(ours);
    if (streams.tally.ended !== PLAN.streams) throw new Error(`only ${streams.tally.ended} of ${PLAN.streams} streams ended well`);
    const held = streams.rows.filter((r) => r.open === PLAN.streams);
    const perMillion = settled(requests, 'requests', 'worker_mib').slope * 1e6;
    const tenMinutes = settled(held, 'seconds', 'worker_mib').slope * 600;
    result = {
        requests: requests.at(-1).requests,
        worker_mib_at_start: requests[0].worker_mib,
        worker_mib_at_end: requests.at(-1).worker_mib,
        worker_mib_a_million_requests: round(perMillion, 2), // slope over the second half of the samples, extrapolated
        control_mib_a_million_requests: round(settled(requests, 'requests', 'control_mib').slope * 1e6, 2),
        streams: PLAN.streams,
        stream_seconds: PLAN.stream_s,
        worker_kib_a_stream: round(((median(held.map((r) => r.worker_mib)) - streams.rows[0].worker_mib) * 1024) / PLAN.streams, 1),
        worker_mib_ten_minutes_of_streams: round(tenMinutes, 2), // growth while all were open, extrapolated to ten minutes
        worker_mib_after_streams: streams.after.worker_mib,
        ...(await measuredOn()),
        measured: { at: new Date().toISOString(), plan: PLAN, pace_ms: PACE_MS },
        rounds: { requests, streams: streams.rows },
    };
} finally {
    for (const stop of stops.reverse()) await stop();
    fs.rmSync(dir, { recursive: true, force: true });
}
publish(built, 'soak', result);
