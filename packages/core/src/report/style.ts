import { type Html, html } from './html.js';
import { customProperties } from './palette.js';

/** The report's one style sheet. */
export const style: Html = html`
  :root{color-scheme:light dark;${customProperties('light')}}
  @media screen and (prefers-color-scheme:dark){:root{${customProperties('dark')}}}
  *{box-sizing:border-box}
  body{margin:0 auto;max-width:1200px;padding:0 40px 48px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Inter,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
  p{margin:0}
  h1{margin:4px 0 20px;font-size:34px;line-height:1.2;font-weight:650;letter-spacing:-.015em;text-wrap:balance}
  h1 em{font-style:normal;color:var(--warm-ink)}
  h2{margin:0 0 4px;font-size:20px;line-height:1.3;font-weight:650;letter-spacing:-.005em}
  h3{margin:20px 0 6px;font-size:15px}
  header{display:flex;justify-content:space-between;gap:16px;padding-top:28px}
  footer,.muted,.kind,caption{color:var(--muted)}
  footer{margin-top:40px;font-size:13px}
  .kind,.muted,.legend,caption{font-size:13.5px}
  main>section{margin-top:36px}
  code,pre,.weights,.layer{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
  code{font-size:.93em}
  pre{margin:0;padding:14px;max-height:420px;overflow:auto;border-radius:10px;background:var(--page);font-size:12px;line-height:1.45;white-space:pre-wrap}
  .bad{color:var(--bad-ink)}
  .notes{margin:-6px 0 20px;padding:10px 16px 10px 34px;border-radius:12px;background:var(--warm-fill);color:var(--warm-ink)}
  .figures{display:grid;grid-template-columns:1.7fr 1fr 1fr;gap:16px}
  .figure,.proof,.charts>svg,details{background:var(--card);border:1px solid var(--edge);border-radius:14px}
  .figure{padding:16px 20px;font-size:13.5px;color:var(--muted)}
  .big{margin-bottom:6px;font-size:34px;line-height:1.15;font-weight:650;letter-spacing:-.02em;color:var(--ink)}
  .big small{font-size:15px;font-weight:450;letter-spacing:0;color:var(--muted)}
  .versus{display:grid;grid-template-columns:minmax(90px,auto) 1fr;gap:4px 12px;margin:0 0 8px;align-items:center;color:var(--ink)}
  .versus dt{max-width:14em}
  .versus dd{display:flex;align-items:center;gap:8px;margin:0;font-variant-numeric:tabular-nums;white-space:nowrap}
  .level{height:12px;width:calc(var(--share)*(100% - 60px));min-width:2px;border-radius:3px;background:var(--warm-mark)}
  .level.baseline{background:var(--muted);opacity:.55}
  main>.proof{margin-top:16px;padding:18px 20px 14px}
  .proof .wide{margin:10px -8px 0}
  .wide{overflow-x:auto}
  .network{display:block;width:100%;min-width:760px;height:auto;font-family:inherit}
  .panel{stroke:none}.panel.ice{fill:var(--ice-fill)}.panel.warm{fill:var(--warm-fill)}
  .panel-name{font-size:12px;font-weight:600}.panel-name.ice{fill:var(--ice-ink)}.panel-name.warm{fill:var(--warm-ink)}
  .block{fill:var(--card);stroke-width:1.2}.block.ice{stroke:var(--ice-edge)}.block.warm{stroke:var(--warm-edge)}.block.mixed{stroke:var(--warm-edge);stroke-dasharray:5 3}.block.bad{fill:var(--bad-fill);stroke:var(--bad-mark)}
  .layer{font-size:11px;font-weight:600;fill:var(--ink)}
  .fates{font-size:11px;fill:var(--muted)}
  .identical{--mark:var(--ice-mark)}.trained{--mark:var(--warm-mark)}.unmoved{--mark:var(--muted)}.failed{--mark:var(--bad-mark)}
  .weight{fill:var(--mark)}
  .wire{fill:none;stroke:var(--muted);stroke-width:1.1;opacity:.75}.tip{fill:var(--muted)}
  .shackle{fill:none;stroke:var(--ice-mark);stroke-width:1.6}.body{fill:var(--ice-mark)}
  .freeze-line{stroke:var(--ice-mark);stroke-width:2;stroke-dasharray:6 5;fill:none}
  .line-name{font-size:12px;font-weight:600;fill:var(--ice-ink)}
  .line-place{font-size:11.5px;fill:var(--muted)}
  .end{font-size:12px;fill:var(--ink);unicode-bidi:isolate}.end.first{fill:var(--muted);font-size:11.5px}
  .legend{margin-top:6px;color:var(--muted)}
  .key{display:inline-block;width:11px;height:11px;margin:0 5px 0 10px;border-radius:2px;background:var(--mark);vertical-align:-1px}
  .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:16px;margin-top:12px}
  .charts>svg{width:100%;max-width:640px;height:auto;padding:14px 14px 4px;font-family:inherit}
  .chart-name{font-size:13px;font-weight:600;fill:var(--ink)}
  .tick{font-size:11px;fill:var(--muted)}
  .grid{stroke:var(--grid);fill:none}.border,.level-line{fill:none;stroke:var(--muted);stroke-dasharray:2 4}
  .curve{fill:none;stroke-width:2;stroke-linejoin:round}
  .train{--line:var(--muted);--word:var(--muted)}.held-out{--line:var(--warm-mark);--word:var(--warm-ink)}
  .curve{stroke:var(--line)}.best{fill:var(--card);stroke:var(--line);stroke-width:2.5}
  .series{font-size:12px;font-weight:600;fill:var(--word)}
  table{border-collapse:collapse;font-size:13.5px}
  caption{text-align:left;padding-bottom:8px}
  th{font-weight:600;text-align:left}
  th,td{padding:5px 10px;vertical-align:top}
  .plain caption{white-space:nowrap}.plain th,.plain td,.facts th,.facts td,.weights th,.weights td{border-bottom:1px solid var(--edge)}
  .plain thead th,.weights thead th,.confusion thead th{color:var(--muted);font-weight:500}
  .number,.plain .number{text-align:right;font-variant-numeric:tabular-nums}
  .tables{display:flex;flex-wrap:wrap;gap:20px 56px;align-items:flex-start;margin-top:14px}.tables>*{max-width:100%}
  .confusion{border-collapse:separate;border-spacing:2px}
  .confusion td,.confusion thead th{text-align:center;min-width:46px;vertical-align:middle}
  .confusion th:first-child{text-align:left;max-width:220px}
  .confusion thead th{max-width:120px;vertical-align:bottom}.confusion thead td{background:none}
  .confusion td{border-radius:5px;font-variant-numeric:tabular-nums;background:var(--card)}
  .confusion .right{background:color-mix(in srgb,var(--ice-mark) calc(var(--share)*45%),var(--ice-fill))}
  .confusion .wrong{background:color-mix(in srgb,var(--warm-mark) calc(var(--share)*45%),var(--warm-fill))}
  .confusion .none{color:var(--muted)}
  .bar{display:inline-block;height:8px;width:calc(var(--share)*90px);min-width:1px;margin-right:8px;border-radius:2px;background:var(--ice-mark)}
  .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:16px;margin:12px 0 0;padding:0;list-style:none}
  figure{margin:0;height:100%;overflow:hidden;background:var(--card);border:1px solid var(--edge);border-radius:12px;break-inside:avoid}
  figure.wrong{border-color:var(--bad-mark)}
  .gallery img,.no-picture{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--grid)}
  .no-picture{padding:14px;color:var(--muted);font-size:13px}
  figcaption{padding:8px 12px 10px;font-size:13.5px;line-height:1.4}
  figcaption .bar{display:block;height:4px;width:calc(var(--share)*100%);margin:6px 0 0}
  .mark.right{color:var(--ice-ink)}.mark.wrong{color:var(--bad-ink)}
  details{margin-top:12px;padding:0 18px}
  details[open]{padding-bottom:18px}
  summary{padding:12px 0;font-weight:600;cursor:pointer}
  .facts th{white-space:nowrap;width:1%;color:var(--muted);font-weight:500}
  .weights{font-size:12px}.weights th,.weights td{padding:3px 14px 3px 0;white-space:nowrap}.weights caption{font-family:system-ui,sans-serif}
  .weights tbody th{font-weight:400}
  .weights td:nth-child(3){color:var(--ice-ink)}.weights .trained>td:nth-child(3){color:var(--warm-ink)}.weights .failed>:nth-child(n){color:var(--bad-ink)}
  @media screen and (max-width:820px){body{padding:0 18px 32px}.figures{grid-template-columns:1fr}h1{font-size:27px}.charts{grid-template-columns:1fr}}
  @media print{
    :root{--page:#fff}
    *{print-color-adjust:exact}
    body{max-width:none;padding:0;font-size:12px}
    h1,.big{font-size:26px}
    .network{min-width:0}
    .charts{grid-template-columns:1fr 1fr}
    .gallery{grid-template-columns:repeat(6,1fr)}
    h2,summary{break-after:avoid}
    svg,figure,tr,.figure,.proof{break-inside:avoid}
    details::details-content{content-visibility:visible;block-size:auto}
    pre{max-height:none}
  }
`;
