// SPDX-License-Identifier: Apache-2.0
// `make bench`, the assessor: build/bench/baseline.json. One small template including the start of the process, a thousand resources with all
// rules, and an export of 50 MB with its memory. Each figure is the median of rounds; raw values stand under `rounds`.
//     node bench/baseline.mjs [--quick]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { measuredOn, median, publish, root, round, run } from './measure.mjs';

const BINARY = path.resolve(root, process.env.GATEHOUSE_BIN ?? 'build/cli/gatehouse');
const built = path.resolve(path.dirname(BINARY), '..');
const isQuick = process.argv.includes('--quick');
const ROUNDS = isQuick ? { small: 5, large: 2 } : { small: 41, large: 9 };
const EXPORT_BYTES = 50 << 20;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-'));

// ---- inputs: what `az resource list` writes of five types, as long as real ones ------------------------------------------------------------

const properties = [
    [
        'Microsoft.CognitiveServices/accounts',
        {
            disableLocalAuth: true,
            publicNetworkAccess: 'Disabled',
            customSubDomainName: 'name',
            networkAcls: { defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] },
            privateEndpointConnections: [
                { properties: { groupIds: ['account'], privateLinkServiceConnectionState: { status: 'Approved', description: 'yes' } } },
            ],
            capabilities: Array.from({ length: 10 }, (_, i) => ({ name: `capability${i}`, value: 'enabled' })),
        },
    ],
    [
        'Microsoft.Storage/storageAccounts',
        {
            minimumTlsVersion: 'TLS1_2',
            allowBlobPublicAccess: false,
            supportsHttpsTrafficOnly: true,
            encryption: { keySource: 'Microsoft.Storage', services: { blob: { enabled: true }, file: { enabled: true } } },
            networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' },
            primaryEndpoints: { blob: 'https://name.blob.core.windows.net/', dfs: 'https://name.dfs.core.windows.net/' },
        },
    ],
    [
        'Microsoft.KeyVault/vaults',
        {
            enableRbacAuthorization: true,
            enablePurgeProtection: true,
            tenantId: '00000000-0000-0000-0000-000000000000',
            accessPolicies: [{ permissions: { keys: ['get', 'list'], secrets: ['get'] } }],
        },
    ],
    [
        'Microsoft.Network/networkSecurityGroups',
        {
            securityRules: Array.from({ length: 4 }, (_, i) => ({
                name: `rule${i}`,
                properties: { access: 'Allow', direction: 'Inbound', sourceAddressPrefix: '10.0.0.0/8', destinationPortRange: '443', protocol: 'Tcp' },
            })),
        },
    ],
    ['Microsoft.Compute/disks', { diskSizeGB: 128, encryption: { type: 'EncryptionAtRestWithPlatformKey' }, provisioningState: 'Succeeded' }],
];

function resource(i) {
    const [type, p] = properties[i % properties.length];
    return {
        id: `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group${i % 50}/providers/${type}/name${i}`,
        name: `name${i}`,
        type,
        location: 'westeurope',
        tags: { owner: 'team', environment: 'production', dataClassification: 'internal' },
        identity: { type: 'SystemAssigned', principalId: '00000000-0000-0000-0000-000000000000' },
        properties: p,
    };
}

function list(n) {
    return JSON.stringify(Array.from({ length: n }, (_, i) => resource(i)), null, 2);
}

function inputs() {
    const each = list(100).length / 100;
    const files = { one: path.join(root, 'tests/corpus/baseline/bicep.json'), thousand: path.join(dir, 'thousand.json'), large: path.join(dir, 'large.json') };
    fs.writeFileSync(files.thousand, list(1000));
    fs.writeFileSync(files.large, list(Math.floor(EXPORT_BYTES / (each + 6))));
    return files;
}

// ---- one run ---------------------------------------------------------------------------------------------------------------------------

/** Milliseconds from spawn to exit, with nothing beside it that looks on. */
function timed(program, args) {
    const from = process.hrtime.bigint();
    const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
    const ms = Number(process.hrtime.bigint() - from) / 1e6;
    if (error || (status !== 0 && status !== 1)) throw error ?? new Error(`${program} ${args.at(-1)}: exit status ${status}`);
    return { ms };
}

/** The most memory that the kernel saw (VmHWM is asked for again and again while it runs). */
function watched(file) {
    return new Promise((done, fail) => {
        let kib = 0;
        const child = spawn(BINARY, ['baseline', 'scan', file], { stdio: ['ignore', 'ignore', 'ignore'] });
        const look = () => {
            try {
                const m = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB$/m);
                if (m) kib = Math.max(kib, Number(m[1]));
            } catch {
                // it has just ended
            }
        };
        const timer = setInterval(look, 2);
        child.on('error', fail);
        child.on('exit', (code) => {
            clearInterval(timer);
            if (code === 0 || code === 1) done({ mib: kib / 1024 });
            else fail(new Error(`${file}: exit status ${code}`));
        });
    });
}

/** `file` null: a program that does nothing, for what a start alone costs here. */
function rounds(file, n) {
    const all = [];
    for (let i = 0; i < n + 1; i++) all.push(timed(...(file === null ? ['/bin/true', []] : [BINARY, ['baseline', 'scan', file]])));
    return all.slice(1); // the first one finds cold caches
}

try {
    const files = inputs();
    const nothing = rounds(null, ROUNDS.small),
        one = rounds(files.one, ROUNDS.small),
        thousand = rounds(files.thousand, ROUNDS.small),
        large = rounds(files.large, ROUNDS.large),
        memory = [];
    for (let i = 0; i < 3; i++) memory.push(await watched(files.large));
    const ms = (list) => list.map((r) => round(r.ms, 2));
    const result = {
        one_template_ms: round(median(one.map((r) => r.ms)), 2),
        thousand_resources_ms: round(median(thousand.map((r) => r.ms)), 2),
        export_50mb_ms: round(median(large.map((r) => r.ms)), 0),
        export_50mb_rss_mib: round(Math.max(...memory.map((r) => r.mib)), 1),
        start_alone_ms: round(median(nothing.map((r) => r.ms)), 2), // /bin/true, measured the same way
        export_bytes: fs.statSync(files.large).size,
        is_quick: isQuick,
        ...(await measuredOn()),
        measured: { at: new Date().toISOString() },
        rounds: {
            start_alone_ms: ms(nothing),
            one_template_ms: ms(one),
            thousand_resources_ms: ms(thousand),
            export_50mb_ms: ms(large),
            export_50mb_rss_mib: memory.map((r) => round(r.mib, 1)),
        },
    };
    publish(built, 'baseline', result);
} finally {
    fs.rmSync(dir, { recursive: true, force: true });
}
