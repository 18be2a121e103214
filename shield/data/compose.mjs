#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Composes the training records that the pool lacks: shield/data/compose.mjs [--pool DIR] [--scale PERCENT] > composed.jsonl
// The same banks and the same pool give the same bytes. Without a pool only what needs no text of it is composed.
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { families } from './families.mjs';
import { readPool } from './pool.mjs';

const TEXT_MAX = 6000; // characters of one record, as in the pool

function options(argv) {
    const out = { pool: process.env.GATEHOUSE_SHARED ? path.join(process.env.GATEHOUSE_SHARED, 'data/shield') : null, scale: 100 };
    for (let i = 0; i < argv.length; i++) {
        if (argv[i] === '--pool')
            out.pool = argv[++i];
        else if (argv[i] === '--scale' && Number(argv[i + 1]) > 0)
            out.scale = Number(argv[++i]);
        else {
            process.stderr.write('usage: compose.mjs [--pool DIR] [--scale PERCENT] > composed.jsonl\n');
            process.exit(2);
        }
    }
    return out;
}

const idOf = (source, kind, text) => createHash('sha256').update(`${source}\0${kind}\0${text}`).digest('hex').slice(0, 16);
const folded = (text) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

function main() {
    const { pool, scale } = options(process.argv.slice(2));
    const seen = new Set();
    const count = new Map();
    const out = [];
    const add = (r, twin) => {
        const text = r.text.trim().slice(0, TEXT_MAX);
        const key = `${r.kind}\0${folded(text)}`;
        if (!text || seen.has(key))
            return undefined;
        seen.add(key);
        const id = idOf(r.source, r.kind, text);
        out.push({ id, source: r.source, licence: r.licence ?? 'Apache-2.0', kind: r.kind, label: r.label, attack: r.label ? r.attack : '', lang: r.lang ?? 'en', text, ...(twin ? { twin } : {}) });
        count.set(`${r.source}\t${r.label}`, (count.get(`${r.source}\t${r.label}`) ?? 0) + 1);
        return id;
    };
    for (const record of families(readPool(pool), scale)) {
        const id = add(record);
        if (record.twin && id)
            add(record.twin, id);
    }
    for (let i = 0; i < out.length; i += 500)
        write(`${out.slice(i, i + 500).map((r) => JSON.stringify(r)).join('\n')}\n`);
    for (const [name, n] of [...count].sort())
        process.stderr.write(`${String(n).padStart(7)}  ${name}\n`);
}

function write(text) {
    for (let bytes = Buffer.from(text); bytes.length;)
        try {
            bytes = bytes.subarray(fs.writeSync(1, bytes));
        } catch (e) {
            if (e.code !== 'EAGAIN')
                throw e;
        }
}
main();
