// A job's process that ends as its data file is named: `code-3`, `SIGSEGV` and so on.
process.once('message', ({ request }) => {
  const how = request.suffix;
  if (how.startsWith('code-')) process.exit(Number(how.slice(5)));
  process.kill(process.pid, how.toUpperCase());
});
