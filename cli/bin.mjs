#!/usr/bin/env node
// The `muster` command of a clone: runs the TypeScript sources as they are.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
