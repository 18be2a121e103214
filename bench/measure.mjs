// SPDX-License-Identifier: Apache-2.0
// What the benches measure with: the kernel's own counters, wrk, bench/load, the arithmetic of rounds, and the file of figures.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const TICKS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];

/** Busy share of a core between two calls of cpuTicks. */
export function cpuTicks(core) {
    const row = fs
        .readFileSync('/proc/stat', 'utf8')
        .split('\n')
        .find((l) => l.startsWith(`cpu${core} `))
        .trim()
        .split(/\s+/)
        .slice(1, 9)
        .map(Number);
    return Object.fromEntries(TICKS.map((name, i) => [name, row[i]]));
}
export function busyShare(before, after) {
    const total = TICKS.reduce((sum, t) => sum + after[t] - before[t], 0);
    return total === 0 ? 0 : 1 - (after.idle - before.idle + after.iowait - before.iowait) / total;
}

/** Time on a core that all tasks of these processes had, in microseconds. */
export function runTimeUs(pids) {
    const tasks = pids.flatMap((pid) => fs.readdirSync(`/proc/${pid}/task`).map((t) => `/proc/${pid}/task/${t}/schedstat`));
    return tasks.reduce((sum, file) => sum + Number(fs.readFileSync(file, 'utf8').split(' ')[0]) / 1000, 0);
}

/** Memory that a process shares with nobody, MiB. */
export function privateMib(pid) {
    const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kib = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
    return kib / 1024;
}

export function run(file, args, { env = {}, timeoutMs = 60_000 } = {}) {
    return new Promise((done, fail) => {
        execFile(file, args, { env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
            error ? fail(new Error(`${file}: ${error.message}\n${stdout}${stderr}`)) : done(stdout),
        );
    });
}

/** A program that goes on; gives the child once it printed a line, or after `settleMs`. */
export function start(file, args, { env = {}, wantsLine = false } = {}) {
    return new Promise((done, fail) => {
        const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', wantsLine ? 'pipe' : 'ignore', 'inherit'] });
        child.on('error', fail);
        child.on('exit', (code) => fail(new Error(`${file} ended with ${code}`)));
        if (wantsLine) child.stdout.once('data', (d) => done({ child, line: d.toString().trim() }));
        else done({ child });
    });
}

/** One saturated run of wrk: requests a second, errors. */
export async function wrk({ url, core, seconds, connections, script, env }) {
    const text = await run(
        'taskset',
        ['-c', String(core), 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url],
        { env, timeoutMs: seconds * 1000 + 20_000 },
    );
    const number = (re) => Number(text.match(re)?.[1] ?? 0);
    return {
        rps: number(/Requests\/sec:\s+([\d.]+)/),
        requests: number(/(\d+) requests in/),
        bad: number(/Non-2xx or 3xx responses: (\d+)/) + number(/timeout (\d+)/),
    };
}

/** Many calls of many callers, as fast as they are answered: { requests, bad, seconds }. */
export const saturated = async ({ tool, core, port, ca, head, bodies, seconds, connections, from }) =>
    JSON.parse(await run('taskset', ['-c', core, tool, port, ca, head, bodies, seconds, connections, from].map(String), { timeoutMs: seconds * 1000 + 20_000 }));

/** Many calls of one caller: { first_us: { p50, p99 }, whole_us: { p50, p99 } }. */
export const oneCaller = async ({ tool, core, port, ca, request, count }) =>
    JSON.parse(await run('taskset', ['-c', String(core), tool, String(port), ca, request, String(count)]));

export const sorted = (list) => [...list].sort((a, b) => a - b);
export const quantile = (list, q) => (list.length ? sorted(list)[Math.min(list.length - 1, Math.floor(q * list.length))] : null);
export const median = (list) => {
    const s = sorted(list);
    const half = s.length >> 1;
    return s.length === 0 ? null : s.length % 2 ? s[half] : (s[half - 1] + s[half]) / 2;
};
export const round = (v, digits = 3) => (v === null || v === undefined || Number.isNaN(v) ? null : Number(v.toFixed(digits)));

const first = async (file, args) => (await run(file, args).catch(() => '')).split('\n')[0] || null;

/** What figures are of: no number without it. */
export const measuredOn = async () => ({
    commit: await first('git', ['-C', root, 'rev-parse', 'HEAD']),
    compiler: await first('cc', ['--version']),
    machine: {
        cpu: os.cpus()[0].model,
        cores: os.cpus().length,
        kernel: os.release(),
        memory_mib: Math.round(os.totalmem() / 2 ** 20),
        load_average: os.loadavg().map((v) => round(v, 2)),
        nginx: await first('sh', ['-c', 'nginx -v 2>&1']),
        node: process.version,
    },
});

/** Writes all figures to BUILT/bench/NAME.json, and prints those that are not of single rounds or of the machine. */
export function publish(built, name, result) {
    fs.mkdirSync(path.join(built, 'bench'), { recursive: true });
    fs.writeFileSync(path.join(built, `bench/${name}.json`), JSON.stringify(result, null, 2) + '\n');
    const { rounds: _raw, machine: _machine, ...shown } = result;
    console.log(JSON.stringify(shown, null, 2));
}
