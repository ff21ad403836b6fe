"""How the page of a report looks, and the script that draws its figures when they come into sight or are printed."""

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0; background: #fff; color: #22302f; overflow-wrap: break-word; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin-bottom: .3rem; }
h2 { font-size: 1.25rem; margin-top: 2.8rem; padding-bottom: .2rem; border-bottom: 2px solid #2f6f6a; }
h3 { font-size: 1.02rem; margin-top: 1.8rem; line-height: 1.35; }
p, li { max-width: 46rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; }
dt { color: #5a6a68; } dd { margin: 0; overflow-wrap: anywhere; }
a { color: #1c5d58; }
code { font-size: .88em; background: #f1efe9; padding: 0 .2em; overflow-wrap: anywhere; }
nav h2 { border: 0; font-size: 1rem; margin: 1.5rem 0 .2rem; }
nav ol { columns: 2; margin: 0; padding-left: 1.6rem; } nav li { break-inside: avoid; }
.seal { border-left: 4px solid #2f6f6a; padding: .1rem 1rem; background: #f1efe9; }
.label { display: inline-block; border: 1px solid #b45309; color: #92400e; border-radius: .4rem; padding: 0 .5rem;
  font-size: .85rem; font-weight: 600; white-space: nowrap; vertical-align: middle; }
.note { font-size: .86rem; color: #4a5a58; margin: .3rem 0 1rem; }
.wide { overflow-x: auto; }
.table { margin: 1.2rem 0 1.6rem; }
table { border-collapse: collapse; font-size: .88rem; line-height: 1.35; border-bottom: 1.5px solid #22302f; }
.caption { margin: 0 0 .4rem; font-size: .92rem; }
thead th { border-top: 1.5px solid #22302f; border-bottom: 1px solid #22302f; vertical-align: bottom; }
th, td { text-align: left; padding: .25rem 1rem .25rem 0; vertical-align: top; }
tbody tr + tr td { border-top: 1px solid #e4e4e0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1.4rem 0; } figcaption { font-size: .86rem; max-width: 46rem; margin-top: .2rem; }
details { margin: .5rem 0; } summary { cursor: pointer; color: #1c5d58; font-size: .9rem; }
@media (max-width: 40rem) {
  main { padding: 1rem .9rem 3rem; } dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; }
  nav ol { columns: 1; } h1 { font-size: 1.35rem; }
}
@media print {
  main { max-width: none; padding: 0; } body { font-size: 10.5pt; } nav { display: none; }
  .wide { overflow: visible; } .plot { zoom: .82; } figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  table { font-size: .74rem; } figure details { display: none; }
}
"""
DRAW = """
(() => {
  const boxes = [...document.querySelectorAll("figure")];
  const draw = box => {
    if (box.dataset.drawn) return;
    box.dataset.drawn = "yes";
    const spec = JSON.parse(box.querySelector("script").textContent);
    Plotly.newPlot(box.querySelector(".plot"), spec.data, spec.layout, {displayModeBar: false, showTips: false});
  };
  const sight = new IntersectionObserver(seen => seen.forEach(one => one.isIntersecting && draw(one.target)),
    {rootMargin: "800px"});
  boxes.forEach(box => sight.observe(box));
  addEventListener("beforeprint", () => {
    boxes.forEach(draw);
    document.querySelectorAll("section > details").forEach(one => { one.open = true; });
  });
})();
"""
