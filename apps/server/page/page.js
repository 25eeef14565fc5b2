// The page of the server: a folder goes up, a job learns from it, a picture is asked about. It uses the same API as
// everybody else.
const at = (id) => document.getElementById(id);
const folder = at('folder');
const learn = at('learn');
let files = [];
let job = null;

folder.addEventListener('change', () => {
  files = [...folder.files].filter(({ name }) => /\.(jpe?g|png|webp)$/i.test(name));
  const labels = new Map();
  for (const file of files) labels.set(labelOf(file), (labels.get(labelOf(file)) ?? 0) + 1);
  const counts = [...labels].map(([label, count]) => `${label} (${count})`).join(', ');
  at('chosen').textContent = files.length
    ? `${files.length} pictures: ${counts}`
    : 'There are no pictures in it.';
  learn.querySelector('button').disabled = labels.size < 2;
});

learn.addEventListener('submit', async (event) => {
  event.preventDefault();
  await tried(async () => {
    busy(true);
    at('state').textContent = 'Uploading ...';
    const form = new FormData();
    for (const file of files) form.append('file', file, pathOf(file));
    const dataset = await asked('/api/datasets', { method: 'POST', body: form });
    job = await asked('/v1/fine_tuning/jobs', json({ model: at('model').value, training_file: dataset.id }));
    await followed(job.id);
    await listModels(job.fine_tuned_model);
  });
  busy(false);
});

at('cancel').addEventListener('click', () =>
  tried(() => asked(`/v1/fine_tuning/jobs/${job.id}/cancel`, { method: 'POST' })),
);

at('picture').addEventListener('change', () =>
  tried(async () => {
    const [file] = at('picture').files;
    if (!file) return;
    at('shown').src = URL.createObjectURL(file);
    const answer = await asked(`/api/models/${at('trained').value}/predict?top=5`, {
      method: 'POST',
      body: file,
      headers: { 'content-type': file.type },
    });
    at('answers').replaceChildren(...(answer.predictions ?? []).map(answerLine));
    document.querySelector('figure').hidden = false;
  }),
);

function answerLine({ label, probability }) {
  const meter = Object.assign(document.createElement('meter'), { value: probability });
  const line = document.createElement('li');
  line.append(meter, ` ${label} ${(100 * probability).toFixed(1)} %`);
  return line;
}

/** Shows a job until it is over. */
async function followed(id) {
  const losses = [];
  at('progress').hidden = false;
  for await (const { message, data: fact } of eventsOf(id)) {
    if (fact.type !== 'step') at('state').textContent = message;
    if (fact.type === 'epoch') draw(losses, fact.validationLoss ?? fact.trainLoss);
    if (fact.type === 'epoch') at('progress').value = fact.epoch / fact.epochs;
  }
  job = await asked(`/v1/fine_tuning/jobs/${id}`);
  if (job.status === 'failed') throw new Error(`${job.error.message} ${job.error.hint ?? ''}`);
  if (job.status === 'succeeded') showResult(job.result);
}

/** Server-sent events by `fetch`: an EventSource can't send a key. */
async function* eventsOf(id) {
  const response = await fetch(`/v1/fine_tuning/jobs/${id}/events?stream=true`, { headers: keyHeader() });
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const [, data] = /^event: event\ndata: (.*)$/m.exec(block) ?? [];
      if (data) yield JSON.parse(data);
    }
  }
}

function draw(losses, loss) {
  losses.push(loss);
  const top = Math.max(...losses);
  const points = losses.map(
    (value, index) => `${(300 * index) / Math.max(1, losses.length - 1)},${100 - (96 * value) / top}`,
  );
  at('curve').removeAttribute('hidden'); // as a property it is nothing for SVG
  at('curve').querySelector('polyline').setAttribute('points', points.join(' '));
}

function showResult({ freeze, validation, classes, examples, seconds }) {
  const lines = [
    [
      'Freeze',
      `${freeze.identical} of ${freeze.checked} weights bit-identical, ${freeze.trained} trained`,
      'proof',
    ],
    ['Labels', classes?.join(', ') ?? 'numbers'],
    ['Examples', `${examples.train} to learn from, ${examples.validation} held out`],
    [
      'Held out',
      validation ? `${(100 * validation.balancedAccuracy).toFixed(1)} % right (balanced)` : 'none',
    ],
    ['Seconds', seconds.total.toFixed(1)],
  ];
  const parts = lines.flatMap(([name, value, style]) => [element('dt', name), element('dd', value, style)]);
  at('result').replaceChildren(...parts);
  at('result').hidden = false;
}

const element = (tag, text, style = '') =>
  Object.assign(document.createElement(tag), { textContent: text, className: style });

async function listModels(chosen) {
  const { data, built_in: builtIn } = await asked('/api/models?limit=100');
  const trained = data.map(({ id }) => id);
  const fill = (select, names, selected) =>
    select.replaceChildren(...names.map((name) => new Option(name, name, false, name === selected)));
  fill(at('model'), [...builtIn, ...trained], 'squeezenet');
  fill(at('trained'), [...trained, ...builtIn], chosen ?? trained[0]);
}

async function asked(path, { headers, ...options } = {}) {
  const response = await fetch(path, { ...options, headers: { ...headers, ...keyHeader() } });
  if (response.status === 401) at('key').hidden = false;
  const body = await response.json();
  if (!response.ok) throw new Error(`${body.detail} ${body.hint ?? ''}`);
  return body;
}

/** Where the server can be reached by others it asks for a key, which this tab remembers. */
function keyHeader() {
  const key = sessionStorage.getItem('key');
  return key ? { authorization: `Bearer ${key}` } : {};
}

at('key').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('key', at('secret').value.trim());
  at('key').hidden = true;
  tried(() => listModels());
});

const json = (body) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

function busy(is) {
  learn.querySelector('button').disabled = is;
  at('cancel').hidden = !is;
  if (!is) at('progress').hidden = true;
}

async function tried(work) {
  at('trouble').textContent = '';
  try {
    await work();
  } catch (error) {
    at('trouble').textContent = error.message;
    at('state').textContent = '';
  }
}

/** `photos/truck/1.jpg` -> `truck/1.jpg` */
const pathOf = ({ webkitRelativePath }) => webkitRelativePath.split('/').slice(1).join('/');
const labelOf = (file) => pathOf(file).split('/')[0];

await tried(() => listModels());
