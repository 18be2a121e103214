// SPDX-License-Identifier: Apache-2.0
// The price of the shield and of the output guard, written to build/bench/shield.json: the rooms alone (bench/micro_*), and the whole edge with
// everything on beside plain nginx: prompts of 2 KB that are all different, and conversations that come again with one more turn each time.
//     node bench/shield.mjs [--quick]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BINARY } from '../tests/e2e/harness.mjs';
import { measuredOn, privateMib, publish, round, run, start } from './measure.mjs';
import { CONNECTIONS, controlsThatRan, EDGE_CORE, LOAD_CORE, oneByOne, ratiosOf, saturatedRounds } from './rounds.mjs';
import { requestFiles, startGatehouse, startPlain } from './sides.mjs';

const built = path.resolve(path.dirname(BINARY), '..');
const isQuick = process.argv.includes('--quick');
const PLAN = isQuick ? { rounds: 3, roundsMax: 4, seconds: 1, calls: 300, callRounds: 3 } : { rounds: 9, roundsMax: 20, seconds: 3, calls: 1000, callRounds: 9 };
const started = Date.now();
const reasons = {};
const because = (name, why) => ((reasons[name] = why), null);

// ---- what is asked --------------------------------------------------------------------------------------------------------------------

/** Ordinary sentences; every prompt is another choice of them, and carries a number of its own. */
const SENTENCES = fs
    .readFileSync(path.join(path.dirname(new URL(import.meta.url).pathname), 'sentences.txt'), 'utf8')
    .split('\n')
    .filter(Boolean);
let seed = 20_240_901;
const draw = (n) => ((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0), seed % n);
const words = (bytes, text = '') => {
    while (text.length < bytes) text += `${text ? ' ' : ''}${SENTENCES[draw(SENTENCES.length)]}`;
    return text.slice(0, bytes);
};
const body = (messages, more) => JSON.stringify({ model: 'bench', messages, ...more });
const unique = () => body([{ role: 'user', content: `Case @counter@. ${words(2032)}` }]);
/** The turns of a conversation, each request with one more of them; its newest turn is new each time. */
function conversation() {
    const history = [],
        requests = [];
    for (let turn = 0; turn < 8; turn++) {
        const ask = words(160 + draw(240));
        requests.push(body([...history, { role: 'user', content: `${ask} (@counter@)` }]));
        history.push({ role: 'user', content: ask }, { role: 'assistant', content: words(240 + draw(480)) });
    }
    return requests;
}
const CORPORA = { unique: Array.from({ length: 256 }, unique), replay: Array.from({ length: 32 }, conversation).flat() };

// ---- rooms alone ----------------------------------------------------------------------------------------------------------------------

/** Figures that a program of bench/ prints as one JSON object; those that it does not give are null, with why. */
async function micro(program, names) {
    const tool = path.join(built, 'bench', program);
    const why = fs.existsSync(tool) ? `build/bench/${program} does not print it` : `build/bench/${program} is not built`;
    const got = fs.existsSync(tool) ? JSON.parse(await run(tool, [], { timeoutMs: 120_000 })) : {};
    return Object.fromEntries(names.map((name) => [name, got[name] ?? because(name, why)]));
}
const ROOMS = {
    micro_shield: ['stage1_us_kb', 'prompt_2kb_us', 'prompt_16kb_us', 'stage2_us', 'stage2_share', 'is_avx2'],
    micro_dlp: ['scan_mb_s'],
};

// ---- the edge -------------------------------------------------------------------------------------------------------------------------

/** Everything is looked for. What is found is logged: sentences drawn by chance are no ordinary prompt, and a call that is refused costs too little. */
const LOG = { action: 'log' };
const ENDPOINT = { shield: { required: true, user: LOG, document: LOG, toolOutput: LOG }, dlp: {} };

async function edge(dir, stops) {
    const { child: mock, line: mockPort } = await start('taskset', ['-c', String(LOAD_CORE), path.join(built, 'bench/mock')], { wantsLine: true });
    mock.removeAllListeners('exit');
    stops.push(() => mock.kill('SIGTERM'));
    const ours = await startGatehouse({ dir: path.join(dir, 'gatehouse'), mockPort, core: EDGE_CORE, otherCore: LOAD_CORE, endpoint: ENDPOINT, first: unique() });
    stops.push(ours.stop);
    const plain = await startPlain({ dir: path.join(dir, 'plain'), mockPort, core: EDGE_CORE, tls: path.join(ours.gate.data, 'tls') });
    stops.push(plain.stop);
    plain.headers = ours.headers; // both sides get the same bytes
    const both = (make) => ({ plain: make(plain), ours: make(ours) });

    const one = unique();
    const streamed = JSON.stringify({ ...JSON.parse(one), stream: true, stream_options: { include_usage: true } });
    const latency = await oneByOne(PLAN, path.join(built, 'bench/load'), plain, ours, both((side) => requestFiles(dir, side, one, streamed)), ours.gate.ready.ca);
    const figures = {};
    for (const [name, lines] of Object.entries(CORPORA)) {
        const plan = { ...PLAN, until: Date.now() + 4 * 60_000 };
        console.log(`${name}: ${lines.length} bodies of ${Math.round(lines.reduce((n, l) => n + l.length, 0) / lines.length)} bytes`);
        const saturated = await saturatedRounds(plan, path.join(built, 'bench/saturate'), plain, ours, both((side) => requestFiles(dir, side, lines.join('\n'))));
        figures[name] = { ratios: ratiosOf(plan, saturated), rounds: saturated.all };
    }
    return { ours, latency, figures, controls: await controlsThatRan(ours.gate), memory: round(privateMib(ours.worker), 1) };
}

// ---- all together -------------------------------------------------------------------------------------------------------------------------

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-shield-'));
fs.chmodSync(dir, 0o755);
process.env.GATEHOUSE_E2E_CANARIES = path.join(dir, 'canaries');
const stops = [];
let result;
try {
    if (os.cpus().length < 2) throw new Error('needs two cores: one for the edge, one for the load');
    const rooms = {};
    for (const [program, names] of Object.entries(ROOMS)) Object.assign(rooms, await micro(program, names));
    const { latency, figures, controls, memory } = await edge(dir, stops);
    const { unique: u, replay: r } = figures;
    result = {
        ...rooms,
        model_bytes: fs.statSync(path.join(built, 'shield/model/shield.bin')).size,
        added_ttft_ms: round(latency.added_ttft_us / 1000),
        added_p50_ms: round(latency.added_p50_us / 1000),
        rps_ratio_unique: u.ratios.rps_ratio ?? because('rps_ratio_unique', u.ratios.why),
        rps_ratio_replay: r.ratios.rps_ratio ?? because('rps_ratio_replay', r.ratios.why),
        cpu_ratio_unique: u.ratios.cpu_ratio,
        cpu_ratio_replay: r.ratios.cpu_ratio,
        rss_mib: memory,
        plain_against_itself: {
            added_ttft_ms: round(latency.plain_ttft_us / 1000),
            added_p50_ms: round(latency.plain_p50_us / 1000),
            rps_ratio_unique: u.ratios.plain_rps_ratio,
            rps_ratio_replay: r.ratios.plain_rps_ratio,
            cpu_ratio_unique: u.ratios.plain_cpu_ratio,
            cpu_ratio_replay: r.ratios.plain_cpu_ratio,
        },
        controls,
        reasons,
        is_quick: isQuick,
        ...(await measuredOn()),
        measured: {
            at: new Date().toISOString(),
            seconds: Math.round((Date.now() - started) / 1000),
            connections: CONNECTIONS,
            listener: 'TLS 1.3, HTTP/1.1 keepalive, proxy_buffering off, one worker on one core',
            unique: 'prompts of 2 KB, each another one',
            replay: 'conversations of eight turns, each request with one turn more, and that one new each time',
        },
        rounds: { unique: u.rounds, replay: r.rounds, one_caller: latency.rows },
    };
} finally {
    for (const stop of stops.reverse()) await stop();
    fs.rmSync(dir, { recursive: true, force: true });
}
publish(built, 'shield', result);
