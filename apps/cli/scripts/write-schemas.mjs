// Writes schema/*.schema.json, the JSON Schemas of recipes, run records and of what --json prints.
import { mkdirSync, writeFileSync } from 'node:fs';
import { schemaFiles } from './schema-files.mjs';

const folder = new URL('../schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(schemaFiles())) writeFileSync(new URL(name, folder), text);
