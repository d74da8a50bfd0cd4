/** Colours for light and dark; contrast of text at least 4.5 : 1 on both (WCAG 2.2, 1.4.3). */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--faint:#59636e;--line:#d1d9e0;--good:#1a7f37;--bad:#c5221f;--warn:#8a5a00;--accent:#0550ae;--box:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14171b;--faint:#9aa4af;--line:#343b44;--good:#4cc26a;--bad:#ff7b72;--warn:#d9a13b;--accent:#79b8ff;--box:#1c2026}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
header{border-left:.4rem solid var(--good);padding:.2rem 1rem;margin-bottom:1.5rem}
header.bad{border-color:var(--bad)}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.1rem;margin:2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
h3{font-size:1rem;margin:.8rem 0 .3rem;color:var(--bad)}
p,small{color:var(--faint);margin:0;font-weight:normal}
pre{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:.3rem 0}
.add,.good{color:var(--good)}.remove,.bad{color:var(--bad)}header.bad{color:inherit}.change,.warn{color:var(--warn)}.accent{color:var(--accent)}.dim{color:var(--faint)}.strong{font-weight:600}
.timeline{width:100%;border-collapse:collapse;table-layout:fixed;font-size:13px}
.timeline th{width:32%;text-align:left;font-weight:normal;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;padding-right:.8rem}
.timeline td:last-child{width:6rem;text-align:right;color:var(--faint);font-variant-numeric:tabular-nums}
.timeline tr:hover{background:var(--box)}
.timeline i{display:block;height:.7rem;border-radius:3px;background:var(--accent)}
.timeline i.done{background:var(--good)}.timeline i.failed{background:var(--bad)}.timeline i.step{background:var(--faint)}
@media print{body{max-width:none}pre{white-space:pre-wrap}}
`;
