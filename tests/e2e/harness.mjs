// SPDX-License-Identifier: Apache-2.0
// An installation of Gatehouse for tests: started in a directory of its own on a free port, known by its ready file alone, ended by pid.
// Files that can share one find it by GATEHOUSE_E2E, which run.mjs sets.
import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request, watch } from './http.mjs';
import { checkManagement } from './openapi.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BINARY = process.env.GATEHOUSE_BIN ?? path.join(root, 'build/cli/gatehouse');
if (!process.env.GATEHOUSE_E2E_RUNNER) watch.answer = checkManagement(BINARY);
export const ROLE = {
    openaiUser: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd',
    dataScientist: 'f6c7c914-8db3-469d-8ca1-694a8f32e121',
    aiDeveloper: '64702f94-c441-49e6-a78b-ef80e0188fee',
    owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
    reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
};
export const SHARED = process.env.GATEHOUSE_SHARED ?? path.resolve(root, '../shared');

/** Repeats until `check` returns something truthy; throws the last error, or says what was awaited. */
export async function eventually(what, check, { withinMs = 4000, everyMs = 25 } = {}) {
    const end = Date.now() + withinMs;
    let last;
    for (;;) {
        try {
            const got = await check();
            if (got) return got;
            last = undefined;
        } catch (e) {
            last = e;
        }
        if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
        await sleep(everyMs);
    }
}

/** The same, and it must hold a few times in a row: each worker of the edge learns of a change by itself. */
export const settles = (what, check, options) =>
    eventually(
        what,
        async () => {
            for (let i = 0; i < 4; i++) if (!(await check())) return false;
            return true;
        },
        options,
    );

/** Runs a program to its end: { code, stdout, stderr }. Never throws for a bad exit. */
export function runProgram(file, args, { env = {}, input = '', timeoutMs = 30_000 } = {}) {
    return new Promise((done) => {
        const child = execFile(
            file,
            args,
            { env: { PATH: process.env.PATH, ...sanitizerEnv(), ...env }, timeout: timeoutMs, maxBuffer: 256 << 20 },
            (error, stdout, stderr) => done({ code: error ? (typeof error.code === 'number' ? error.code : -1) : 0, stdout, stderr }),
        );
        child.stdin.on('error', () => {});
        child.stdin.end(input);
    });
}

/** Variables that a sanitized build needs in all its programs, handed through. */
function sanitizerEnv() {
    return Object.fromEntries(Object.entries(process.env).filter(([k]) => /^(GATEHOUSE_|ASAN_|UBSAN_|LSAN_|LD_PRELOAD$)/.test(k)));
}

// ---- canaries: what must be found nowhere -------------------------------------------------------------------------------------------

const canaryFile = process.env.GATEHOUSE_E2E_CANARIES ?? path.join(os.tmpdir(), `gatehouse-canaries-${process.pid}`);
const remember = (kind, value) => (fs.appendFileSync(canaryFile, JSON.stringify({ kind, value }) + '\n', { mode: 0o600 }), value);
const remembered = (...kinds) => {
    const all = fs.readFileSync(canaryFile, 'utf8').split('\n').filter(Boolean);
    return [...new Set(all.map((l) => JSON.parse(l)).filter((c) => kinds.includes(c.kind)).map((c) => c.value))];
};
/** Remembers a secret of the test run; leaks.test.mjs greps for all of them. */
export const canary = (value = `canary-${randomBytes(12).toString('hex')}`) => remember('secret', value);
/** The same for a systemPrompt: the operator's text, which the store and the snapshots have to hold, and nothing else may. */
export const instructions = (value = `Be quiet about ${randomBytes(12).toString('hex')}.`) => remember('instructions', value);
export const canaries = () => remembered('secret', 'instructions');
export const allInstructions = () => remembered('instructions');

// ---- one installation -----------------------------------------------------------------------------------------------------------------

const emptyDirectory = () => fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-e2e-'));

export class Installation {
    /** args beyond --data, --listen, --ready-file, --detach; the log of `up` is kept beside the directory. */
    static async start({ args = ['--demo', '--allow-loopback'], dir = emptyDirectory(), env = {}, listen = '127.0.0.1:0' } = {}) {
        const base = path.join(dir, 'data');
        if (process.env.GATEHOUSE_E2E_STARTED) fs.appendFileSync(process.env.GATEHOUSE_E2E_STARTED, `${base}\n`);
        const readyFile = path.join(dir, 'ready.json');
        fs.rmSync(readyFile, { force: true });
        fs.chmodSync(dir, 0o755);
        const up = await runProgram(BINARY, ['up', '--data', base, '--listen', listen, '--ready-file', readyFile, '--detach', ...args], {
            env,
            timeoutMs: 60_000,
        });
        fs.appendFileSync(path.join(dir, 'up.log'), up.stdout + up.stderr);
        if (up.code !== 0) throw new Error(`gatehouse up: exit ${up.code}\n${up.stdout}${up.stderr}`);
        await eventually('ready file', () => fs.existsSync(readyFile), { withinMs: 20_000 });
        return new Installation(dir);
    }

    constructor(dir) {
        this.dir = dir;
        this.data = path.join(dir, 'data');
        this.readyFile = path.join(dir, 'ready.json');
        this.ready = JSON.parse(fs.readFileSync(this.readyFile, 'utf8'));
        this.ca = fs.readFileSync(this.ready.ca, 'utf8');
        const url = new URL(this.ready.management_url);
        this.url = url.origin;
        this.origin = {
            host: url.hostname,
            port: Number(url.port),
            ca: this.ca,
            servername: /^[\d.]+$/.test(url.hostname) ? undefined : url.hostname,
        };
        this.adminToken = this.ready.admin_token;
        this.clientToken = this.ready.client_token;
        this.apiKey = this.ready.api_key;
        for (const secret of [this.adminToken, this.clientToken, this.apiKey].filter(Boolean)) canary(secret);
    }

    get pid() {
        return Number(fs.readFileSync(path.join(this.data, 'lock'), 'utf8').trim());
    }

    /** All processes of the installation: [{ pid, name }]. */
    processes() {
        const all = fs
            .readdirSync('/proc')
            .filter((p) => /^\d+$/.test(p))
            .flatMap((pid) => {
                try {
                    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
                    const [, name, rest] = stat.match(/^\d+ \((.*)\) (.*)$/s);
                    return rest[0] === 'Z'
                        ? []
                        : [
                              {
                                  pid: Number(pid),
                                  parent: Number(rest.split(' ')[1]),
                                  name,
                                  cmdline: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
                              },
                          ];
                } catch {
                    return [];
                }
            });
        const found = all.filter((p) => p.pid === this.pid);
        for (let i = 0; i < found.length; i++) found.push(...all.filter((p) => p.parent === found[i].pid));
        return found;
    }

    async stop() {
        let pid;
        try {
            pid = this.pid;
            if (!(pid > 1)) return; // nothing ran there; 0 would be this process's own group
            process.kill(pid, 'SIGTERM');
        } catch {
            return;
        }
        await eventually('the supervisor is gone', () => !fs.existsSync(`/proc/${pid}`), { withinMs: 15_000 });
    }

    erase() {
        fs.rmSync(this.dir, { recursive: true, force: true });
    }

    request(options) {
        return request(this.origin, options);
    }

    cli(args, options) {
        return runProgram(BINARY, args, options);
    }
    /** The CLI over the local socket. */
    local(args, options) {
        return this.cli([...args, '--data', this.data], options);
    }
    /** The CLI over HTTPS as the administrator (or whose token is given). */
    remote(args, { token = this.adminToken, ...options } = {}) {
        return this.cli([...args, '--server', this.ready.management_url, '--ca', this.ready.ca], {
            ...options,
            env: { GATEHOUSE_TOKEN: token, ...options.env },
        });
    }

    /** A token of our own issuer for an identity. */
    async token(as, extra = []) {
        const { code, stdout, stderr } = await this.local(['token', '--as', as, ...extra]);
        if (code !== 0) throw new Error(`gatehouse token --as ${as}: exit ${code}: ${stderr}`);
        return canary(stdout.trim());
    }

    /** One management request; properties (or raw text) make the body. */
    api(method, at, properties, { token = this.adminToken, headers = {}, version } = {}) {
        const body = properties === undefined ? undefined : typeof properties === 'string' ? properties : JSON.stringify(properties);
        const all = {
            ...(token && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
        };
        return this.request({ method, path: `/api${at}`, headers: all, body, version });
    }
    /** The same, and it must succeed. */
    async must(method, at, properties, options) {
        const answer = await this.api(method, at, properties, options);
        if (answer.status >= 300) throw new Error(`${method} ${at}: ${answer.status} ${answer.text}`);
        return answer;
    }
    put(at, properties, options) {
        return this.must('PUT', at, properties, options);
    }
    delete(at, options) {
        return this.must('DELETE', at, undefined, options);
    }

    /** Records of the audit chain behind entry `n`, in order, as the management API gives them. */
    async recordsAfter(n = 0) {
        const all = [];
        for (let after = n; after !== null && after !== undefined;) {
            const page = (await this.must('GET', `/audit/records?after=${after}&limit=1000`)).json;
            all.push(...page.value);
            after = page.value.length ? page.next : null;
        }
        return all;
    }
    /** All of them; those that were read before are kept. */
    async records() {
        this.seen ??= [];
        this.seen.push(...(await this.recordsAfter(this.seen.at(-1)?.n ?? 0)));
        return this.seen;
    }
    /** Waits until the chain holds a record that passes `test`. */
    record(what, test) {
        return eventually(`record: ${what}`, async () => (await this.records()).find(test), { withinMs: 8000, everyMs: 100 });
    }
}

// ---- things that most tests need on it ----------------------------------------------------------------------------------------------

let unique = 0;
const runId = randomBytes(3).toString('hex');
export const freshName = (stem) => `${stem}-${runId}-${++unique}`;

/** An identity with a role at a scope, and a token for it. */
export async function makeCaller(gate, { name = freshName('caller'), role = ROLE.openaiUser, scope, audience } = {}) {
    await gate.put(`/identities/${name}`, { kind: 'servicePrincipal' });
    const assignment = scope ? await assign(gate, { principal: `/identities/${name}`, role, scope }) : undefined;
    const token = await gate.token(name);
    await settles('the edge knows the caller', async () => (await gate.api('GET', '/workspaces', undefined, { token })).status !== 401);
    return { name, assignment, token: audience ? await gate.token(name, ['--audience', audience]) : token };
}

/** A role assignment; gives its path. */
export async function assign(gate, { principal, role, scope }) {
    const at = `/roleAssignments/${randomUUID()}`;
    await gate.put(at, { roleDefinitionId: role, principalId: principal, scope });
    return at;
}

/**
 * A workspace with one endpoint before a mock backend: a deployment for each model, named as the model is, and a caller who may use all.
 * auth: 'none' | 'bearer' | 'api-key', with the secret's value if not none.
 */
export async function makePlace(
    gate,
    { upstream, models = ['json', 'stream'], auth = 'none', secret, workspace = {}, endpoint = {}, backend = {} },
) {
    const ws = freshName('ws');
    const at = `/workspaces/${ws}`;
    const target = new URL(upstream.url);
    await gate.put(at, workspace);
    if (auth !== 'none') await gate.put(`${at}/secrets/backend-key`, { value: secret, hosts: [target.host] });
    await gate.put(`${at}/backends/mock`, {
        url: upstream.url,
        dialect: 'openai',
        auth,
        ...(auth !== 'none' && { secret: 'backend-key' }),
        ...backend,
    });
    await gate.put(`${at}/endpoints/ep`, { publicNetworkAccess: 'Enabled', ...endpoint });
    for (const model of models) await gate.put(`${at}/endpoints/ep/deployments/${model}`, { model, backend: 'mock' });
    const caller = await makeCaller(gate, { scope: at, audience: endpoint.audiences?.[0] });
    const place = new Place(gate, { ws, at, endpoint: `${at}/endpoints/ep`, caller, upstream });
    if (models.includes('json'))
        await settles('a first answer through the new backend', async () => (await place.chat('json')).status === 200, {
            withinMs: 8000,
            everyMs: 50,
        });
    return place;
}

export class Place {
    constructor(gate, fields) {
        Object.assign(this, { gate, ...fields });
    }

    get openaiBase() {
        return `${this.gate.url}${this.endpoint}/openai/v1`;
    }
    get azureEndpoint() {
        return `${this.gate.url}${this.endpoint}`;
    }
    get openaiPath() {
        return `${this.endpoint}/openai/v1/chat/completions`;
    }
    azurePath(deployment) {
        return `${this.endpoint}/openai/deployments/${deployment}/chat/completions?api-version=2024-10-21`;
    }

    /** One chat call. `body` may be an object or raw text. surface: 'openai' | 'azure'. */
    chat(model, { body = {}, token = this.caller.token, key, headers = {}, surface = 'openai', version, timeoutMs } = {}) {
        const text =
            typeof body === 'string' ? body : JSON.stringify({ model, messages: [{ role: 'user', content: 'Who goes there?' }], ...body });
        const credential = key ? { 'api-key': key } : token ? { authorization: `Bearer ${token}` } : {};
        return this.gate.request({
            method: 'POST',
            path: surface === 'azure' ? this.azurePath(model) : this.openaiPath,
            version,
            timeoutMs,
            body: text,
            headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...credential, ...headers },
        });
    }
}

// ---- sharing ------------------------------------------------------------------------------------------------------------------------

/** The installation that all files share (run.mjs starts it, with its authority in NODE_EXTRA_CA_CERTS for the official clients). */
export function sharedInstallation() {
    if (!process.env.GATEHOUSE_E2E) throw new Error('start tests through run.mjs: node tests/e2e/run.mjs [file...]');
    return new Installation(process.env.GATEHOUSE_E2E);
}

/** An installation for this file alone. */
export async function ownInstallation(options) {
    const gate = await Installation.start(options);
    after(async () => {
        await gate.stop();
        if (!process.env.GATEHOUSE_E2E_KEEP) gate.erase();
    });
    return gate;
}

export { sleep, spawn };
