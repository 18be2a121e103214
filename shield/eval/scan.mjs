// SPDX-License-Identifier: Apache-2.0
// Records through `gatehouse shield scan --jsonl`, the program that a reader would run himself.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

export const readLines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** One verdict for each record, in their order: {score, attack, class, window, us}. */
export function scan(records, { program, model }) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'shield-eval-'));
    try {
        const input = path.join(dir, 'in.jsonl');
        const fd = fs.openSync(input, 'w');
        for (let i = 0; i < records.length; i += 1000)
            fs.writeSync(fd, records.slice(i, i + 1000).map((r) => JSON.stringify({ id: r.id, kind: r.kind, text: r.text })).join('\n') + '\n');
        fs.closeSync(fd);
        const run = spawnSync(program, ['shield', 'scan', '--jsonl', ...(model ? ['--model', model] : [])],
            { stdio: [fs.openSync(input, 'r'), 'pipe', 'pipe'], maxBuffer: 1 << 29 });
        if (run.status !== 0)
            throw new Error(`shield scan ended with ${run.status}: ${run.stderr}`);
        const verdicts = run.stdout.toString().split('\n').filter(Boolean).map((line) => JSON.parse(line));
        if (verdicts.length !== records.length)
            throw new Error(`${verdicts.length} verdicts for ${records.length} records`);
        return verdicts;
    } finally {
        fs.rmSync(dir, { recursive: true });
    }
}
