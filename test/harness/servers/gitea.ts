import { goTool } from '../tools/go-tool.ts';

/** Gitea with SQLite. Its web pages are not built; what its API reads is beside it. */
export const giteaTool = goTool({
  name: 'gitea',
  module: 'code.gitea.io/gitea',
  version: 'v1.26.0',
  way: 'copy',
  flags: ['-tags=sqlite sqlite_unlock_notify', '-ldflags=-s -w'],
  cgo: true,
  keep: ['options', 'templates', 'public'],
});
