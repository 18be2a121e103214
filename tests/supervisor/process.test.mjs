// SPDX-License-Identifier: Apache-2.0
// The supervisor with stand-ins for control, vault and echo (double.c) and the real nginx: start, order, death of each process, rendering.
// As root it runs with full separation if the system users are there, and once more as an ordinary user.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.BUILD ?? 'build');
const isRoot = process.getuid() === 0;
const hasUsers = isRoot && ['edge', 'control', 'vault'].every((u) => fs.readFileSync('/etc/passwd', 'utf8').includes(`\ngatehouse-${u}:`));
const NOBODY = 65534;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-supervisor-'));
fs.chmodSync(scratch, 0o755);
const running = [];
after(async () => {
    for (const gate of running)
        await gate.down();
    fs.rmSync(scratch, { recursive: true, force: true });
});

// Programs lie where only root can enter when there is full separation: they are executed by descriptor.
function libexec(name, mode) {
    const dir = path.join(scratch, name);
    fs.mkdirSync(dir, { mode });
    for (const [program, from] of [['gatehoused', 'tests/supervisor/double'], ['gatehouse-vault', 'tests/supervisor/double'],
        ['gatehouse-echo', 'tests/supervisor/double'], ['ngx_http_gatehouse_module.so', 'edge/ngx_http_gatehouse_module.so'], ['gatehouse', 'cli/gatehouse']]) {
        fs.copyFileSync(path.join(build, from), path.join(dir, program));
        fs.chmodSync(path.join(dir, program), mode & 0o777);
    }
    return dir;
}

async function eventually(what, check, withinMs = 6000) {
    for (const end = Date.now() + withinMs; ;) {
        const got = await Promise.resolve().then(check).catch(() => undefined);
        if (got)
            return got;
        assert.ok(Date.now() < end, `not within ${withinMs} ms: ${what}`);
        await sleep(20);
    }
}

let count = 0;
class Gate {
    constructor({ user } = {}) {
        this.asUser = user === undefined ? {} : { uid: user, gid: user };
        this.dir = path.join(scratch, `g${++count}`);
        fs.mkdirSync(this.dir, { mode: 0o755 });
        if (user !== undefined)
            fs.chownSync(this.dir, user, user);
        this.data = path.join(this.dir, 'data');
        this.readyFile = path.join(this.dir, 'ready.json');
        this.libexec = user === undefined && isRoot ? (Gate.closed ??= libexec('closed', 0o700)) : (Gate.open ??= libexec('open', 0o755));
        this.binary = path.join(this.libexec, 'gatehouse');
        running.push(this);
    }

    run(...args) {
        return new Promise((done) => execFile(this.binary, args, { env: { GATEHOUSE_LIBEXEC: this.libexec }, timeout: 40_000, ...this.asUser },
            (error, stdout, stderr) => done({ code: error ? error.code ?? -1 : 0, stdout, stderr })));
    }

    up(...args) {
        return this.run('up', '--data', this.data, '--listen', '127.0.0.1:0', '--ready-file', this.readyFile, '--detach', ...args);
    }

    async start(...args) {
        const { code, stderr } = await this.up(...args);
        assert.equal(code, 0, stderr + this.log());
        return this;
    }

    log() { return fs.existsSync(`${this.data}/run/gatehouse.log`) ? fs.readFileSync(`${this.data}/run/gatehouse.log`, 'utf8') : ''; }
    events() { return fs.readFileSync(`${this.data}/control/events`, 'utf8'); }
    status() { return JSON.parse(fs.readFileSync(`${this.data}/run/status.json`, 'utf8')); }
    pid(name) { const s = this.status(); return s[name] ?? s.parts.find((p) => p.name === name).pid; }
    part(name) { return this.status().parts.find((p) => p.name === name); }
    get ready() { return JSON.parse(fs.readFileSync(this.readyFile, 'utf8')); }
    async down() { return this.run('down', '--data', this.data); }

    /** A TLS handshake with the edge that trusts the installation's authority alone; resolves to the certificate. */
    handshake() {
        const url = new URL(this.ready.management_url);
        return new Promise((done, fail) => {
            const socket = tls.connect({ host: url.hostname, port: url.port, ca: fs.readFileSync(this.ready.ca), servername: 'localhost' }, () => {
                done(socket.getPeerCertificate());
                socket.destroy();
            });
            socket.on('error', fail);
        });
    }
    serves() { return eventually('it serves', () => this.handshake()); }
}

const uidOf = (pid) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/^Uid:\t(\d+)/m)[1]);
const userId = (name) => Number(fs.readFileSync('/etc/passwd', 'utf8').match(new RegExp(`^${name}:[^:]*:(\\d+):`, 'm'))[1]);
const isGone = (pid) => !fs.existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));

/** The sets of a process: inherited, permitted, effective, ambient. */
const capabilities = (status) => ['Inh', 'Prm', 'Eff', 'Amb'].map((set) => BigInt(`0x${status.match(new RegExp(`^Cap${set}:\t([0-9a-f]+)$`, 'm'))[1]}`));
const NOTHING = [0n, 0n, 0n, 0n];
const BIND_ALONE = Array(4).fill(1n << 10n); // CAP_NET_BIND_SERVICE

const levels = [
    { name: 'full separation', options: {}, skip: !isRoot ? 'needs root' : !hasUsers && 'the system users are not there (make deps as root)' },
    { name: 'single user', options: isRoot ? { user: NOBODY } : {}, skip: false },
];

for (const { name, options, skip } of levels) {
    const separation = name === 'full separation' ? 'full' : 'single-user';

    test(`${name}: start, what is written, stop`, { skip }, async () => {
        const gate = await new Gate(options).start('--demo');
        await gate.handshake();
        const status = gate.status();
        assert.equal(status.serving, true);
        assert.equal(status.separation, separation);
        assert.deepEqual(status.parts.map((p) => [p.name, p.state]), [['vault', 'ready'], ['control', 'ready'], ['echo', 'ready'], ['edge', 'ready']]);
        assert.equal(fs.statSync(gate.readyFile).mode & 0o777, 0o600);
        assert.equal(gate.ready.workspace, 'w');
        assert.match(gate.ready.openai_base_url, /^https:\/\/127\.0\.0\.1:\d+\/workspaces\/w\/endpoints\/e\/openai\/v1$/);
        assert.match(gate.events(), new RegExp(`separation\\n  detail ${separation}`));
        assert.match((await gate.run('status', '--data', gate.data)).stdout, new RegExp(`serves on https://.*separation ${separation}`));
        const pids = ['vault', 'control', 'echo', 'edge', 'supervisor', 'keeper'].map((p) => gate.pid(p));
        assert.equal((await gate.down()).code, 0);
        assert.deepEqual(pids.filter((pid) => !isGone(pid)), []);
        assert.equal((await gate.run('status', '--data', gate.data)).code, 1);
        assert.equal((await gate.down()).code, 0, 'nothing to stop is no failure');
    });

    test(`${name}: a second up on the same directory is refused and says the pid`, { skip }, async () => {
        const gate = await new Gate(options).start();
        const second = await gate.up();
        assert.equal(second.code, 1);
        assert.match(second.stderr, new RegExp(`process (${gate.pid('keeper')}|${gate.pid('supervisor')})\\b`));
        await gate.handshake();
        assert.ok(fs.existsSync(gate.readyFile), 'the refused one has not taken the ready file away');
        await gate.down();
    });

    test(`${name}: kill -9 of each process, and it serves again`, { skip }, async () => {
        const gate = await new Gate(options).start('--demo');
        for (const victim of ['vault', 'control', 'echo', 'edge', 'supervisor', 'keeper']) {
            const pid = gate.pid(victim);
            process.kill(pid, 'SIGKILL');
            await eventually(`another ${victim}`, () => gate.pid(victim) !== pid && gate.status().serving && gate.status().parts.every((p) => p.state === 'ready'));
            await gate.serves();
            if (gate.part('edge') && victim !== 'supervisor' && victim !== 'keeper')
                assert.match(gate.part(victim).last_reason, /signal 9/);
        }
        await eventually('all is in the audit', () => ['vault', 'control', 'echo', 'edge'].every((p) => gate.events().includes(`${p}: ended by signal 9`)) &&
            gate.events().includes('supervisor restarted') && gate.events().includes('keeper restarted'));
        assert.ok(gate.events().match(/^peer vault$/gm).length >= 4, 'control and vault were joined again each time');
        await gate.down();
    });

    test(`${name}: a configuration that cannot be rendered leaves the good one in force`, { skip }, async () => {
        const gate = await new Gate(options).start();
        const conf = fs.readFileSync(`${gate.data}/edge/nginx.conf`, 'utf8');
        const edge = gate.pid('edge');
        process.kill(gate.pid('control'), 'SIGUSR1');
        await eventually('the failure is told', () => gate.status().render.reason !== '');
        assert.equal(fs.readFileSync(`${gate.data}/edge/nginx.conf`, 'utf8'), conf);
        assert.equal(gate.pid('edge'), edge);
        await gate.handshake();
        await eventually('it is in the audit', () => gate.events().includes('render failed'));
        process.kill(gate.pid('control'), 'SIGUSR2');
        await eventually('good again', () => gate.status().render.ok);
        await gate.down();
    });

    test(`${name}: recover renews the certificate under the same authority`, { skip }, async () => {
        const gate = await new Gate(options).start();
        const before = await gate.handshake();
        const supervisor = gate.pid('supervisor');
        process.kill(supervisor, 'SIGHUP'); // what `gatehouse recover` does first; its second half is control's
        await eventually('another certificate', async () => (await gate.handshake()).serialNumber !== before.serialNumber);
        await eventually('it is in the audit', () => gate.events().includes('certificate renewed'));
        await gate.down();
    });

    test(`${name}: in the foreground SIGTERM ends all, and a lost keeper too`, { skip }, async () => {
        for (const signal of ['SIGTERM', 'SIGKILL']) {
            const gate = new Gate(options);
            const child = spawn(gate.binary, ['up', '--data', gate.data, '--listen', '127.0.0.1:0', '--ready-file', gate.readyFile],
                { env: { GATEHOUSE_LIBEXEC: gate.libexec }, stdio: 'ignore', ...gate.asUser });
            await eventually('ready', () => fs.existsSync(gate.readyFile) && gate.status().serving);
            const pids = ['vault', 'control', 'edge', 'supervisor'].map((p) => gate.pid(p));
            const ended = new Promise((done) => child.on('exit', (code) => done(code)));
            child.kill(signal);
            const code = await ended;
            if (signal === 'SIGTERM')
                assert.equal(code, 0);
            await eventually('nothing is left', () => pids.every(isGone));
        }
    });

    test(`${name}: what cannot start says why`, { skip }, async () => {
        const taken = net.createServer().listen(0, '127.0.0.1');
        await new Promise((done) => taken.on('listening', done));
        const gate = new Gate(options);
        const busy = await gate.run('up', '--data', gate.data, '--listen', `127.0.0.1:${taken.address().port}`, '--detach');
        taken.close();
        assert.equal(busy.code, 1);
        assert.match(busy.stderr, /in use/);
        const empty = path.join(gate.dir, 'empty');
        fs.mkdirSync(empty, { mode: 0o755 });
        gate.libexec = empty;
        const lacking = await gate.up();
        assert.equal(lacking.code, 1);
        assert.match(lacking.stderr, /gatehoused.*cannot be found/);
        assert.ok(lacking.stderr.includes(`${gate.data}/run/gatehouse.log`), lacking.stderr);
    });
}

test('full separation: every process is its own user, without a way back', { skip: levels[0].skip }, async () => {
    const gate = await new Gate().start('--demo');
    const expected = { vault: 'gatehouse-vault', control: 'gatehouse-control', edge: 'gatehouse-edge', echo: 'nobody' };
    for (const [part, user] of Object.entries(expected)) {
        const text = fs.readFileSync(`/proc/${gate.pid(part)}/status`, 'utf8');
        const id = userId(user);
        assert.match(text, new RegExp(`^Uid:\t${id}\t${id}\t${id}\t${id}$`, 'm'), part);
        assert.match(text, /^NoNewPrivs:\t1$/m, part);
        if (part !== 'edge')
            assert.deepEqual(capabilities(text), NOTHING, part);
        assert.match(text, /^Groups:\t\d+ ?$/m, `${part}: its own group alone`);
        if (part === 'edge')
            continue; // nginx writes its title over its environment
        const names = fs.readFileSync(`/proc/${gate.pid(part)}/environ`, 'utf8').split('\0').filter(Boolean).map((e) => e.split('=')[0]);
        assert.deepEqual(names.filter((n) => !n.startsWith('GATEHOUSE_')), [], part);
    }
    const master = gate.pid('edge');
    assert.deepEqual(capabilities(fs.readFileSync(`/proc/${master}/status`, 'utf8')), BIND_ALONE, 'the master binds ports and may do nothing else');
    const workers = fs.readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);
    for (const pid of workers) {
        assert.equal(uidOf(pid), userId('gatehouse-edge'));
        await eventually('a worker that reads from the network holds no capability', () => {
            assert.deepEqual(capabilities(fs.readFileSync(`/proc/${pid}/status`, 'utf8')), NOTHING);
            return true;
        });
    }
    const mode = (name) => (fs.statSync(path.join(gate.data, name)).mode & 0o7777).toString(8);
    assert.deepEqual(['control', 'vault', 'snapshot', 'spool', 'edge', 'tls', 'run'].map(mode), ['700', '700', '2750', '2770', '700', '755', '755']);
    assert.equal(mode('tls/ca.key'), '600');
    assert.equal(fs.statSync(path.join(gate.data, 'tls/ca.key')).uid, 0);
    assert.equal(fs.statSync(path.join(gate.data, 'tls/server.key')).uid, userId('gatehouse-edge'));
    const memory = `/dev/shm/gatehouse-${gate.status().installation.slice(0, 16)}`;
    if (fs.existsSync(memory)) {
        const key = fs.statSync(path.join(memory, 'edge.key'));
        assert.equal(key.uid, userId('gatehouse-control'));
        assert.equal(key.mode & 0o777, 0o640);
    }
    await gate.down();
    assert.ok(!fs.existsSync(memory), 'nothing is left in memory');
});

test('full separation: a port below 1024 for a master that is not root', { skip: levels[0].skip }, async () => {
    const gate = new Gate();
    const probe = net.createServer();
    const port = await new Promise((done) => {
        const tryPort = (p) => probe.once('error', () => tryPort(p + 1)).listen(p, '127.0.0.1', () => done(p));
        tryPort(870);
    });
    await new Promise((done) => probe.close(done));
    const { code, stderr } = await gate.run('up', '--data', gate.data, '--listen', `127.0.0.1:${port}`, '--ready-file', gate.readyFile, '--detach');
    assert.equal(code, 0, stderr + gate.log());
    await gate.handshake();
    assert.equal(uidOf(gate.pid('edge')), userId('gatehouse-edge'));
    await gate.down();
});

test('as root: a stranger who takes the name on the memory file system sends no credential to a disk', { skip: levels[0].skip }, async () => {
    const gate = await new Gate().start();
    await gate.down();
    const name = `/dev/shm/gatehouse-${fs.readFileSync(`${gate.data}/installation`, 'utf8').slice(0, 16)}`;
    fs.mkdirSync(name, { mode: 0o777 });
    fs.chownSync(name, NOBODY, NOBODY);
    try {
        await gate.start();
        const memory = fs.readFileSync(`/proc/${gate.pid('vault')}/environ`, 'utf8').match(/GATEHOUSE_MEMORY=([^\0]+)/)[1];
        assert.match(memory, new RegExp(`^${name}-[0-9a-f]{16}$`));
        assert.deepEqual(fs.readdirSync(name), []);
        await gate.down();
        assert.ok(!fs.existsSync(memory), 'nothing is left');
    } finally {
        fs.rmdirSync(name);
    }
});

test('as root: who is not the owner is told so', { skip: levels[0].skip }, async () => {
    const gate = await new Gate().start();
    const other = new Gate({ user: NOBODY });
    for (const command of ['status', 'down']) {
        const got = await other.run(command, '--data', gate.data);
        assert.equal(got.code, 1);
        assert.match(got.stderr, /its owner alone may do this/);
    }
    const got = await other.run('list', '/workspaces', '--data', gate.data);
    assert.equal(got.code, 2);
    assert.match(got.stderr, /owner of the data directory alone/);
    await gate.handshake();
    await gate.down();
});

test('as root: data directories that are refused, with the reason', { skip: levels[0].skip }, async () => {
    const cases = [
        ['others can write', /everybody can replace/, (d) => (fs.mkdirSync(d), fs.chmodSync(d, 0o777))],
        ['another owner', /another user/, (d) => (fs.mkdirSync(d), fs.chownSync(d, NOBODY, NOBODY))],
        ['a link inside', /symbolic link/, (d) => (fs.mkdirSync(`${d}/spool`, { recursive: true, mode: 0o755 }), fs.symlinkSync('/etc/passwd', `${d}/spool/x`))],
        ['a link itself', /symbolic link/, (d) => fs.symlinkSync('/tmp', d)],
        ['a parent of another user', /another user owns/, (d) => fs.chownSync(path.dirname(d), NOBODY, NOBODY)],
        ['a parent of a group', /a group can replace/, (d) => (fs.chownSync(path.dirname(d), 0, NOBODY), fs.chmodSync(path.dirname(d), 0o775))],
        ['a closed parent', /cannot enter/, (d) => fs.chmodSync(path.dirname(d), 0o700)],
    ];
    for (const [name, reason, prepare] of cases) {
        const gate = new Gate();
        prepare(gate.data);
        const { code, stderr } = await gate.up();
        assert.equal(code, 1, name);
        assert.match(stderr, reason, name);
    }
});
