// The page of a walk as people use it. Each argument is a page.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const out = process.env.WALK_OUT;
const require = createRequire(path.join(out, "node_modules", "walk.js"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const MOST_BYTES = 2 * 1024 * 1024;
const MOST_MILLISECONDS = 1000;
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

let passed = 0, failed = 0;

// A page that must stay quiet: no error, no request but for the file itself.
const open = async (file, options = {}) => {
  const page = await browser.newPage({ viewport: DESK, ...options });
  const heard = [];
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) heard.push(m.text()); });
  page.on("pageerror", (e) => heard.push(e.stack));
  page.on("request", (r) => { if (!r.url().startsWith("file:") && !r.url().startsWith("data:")) heard.push(`asks for ${r.url()}`); });
  await page.goto(pathToFileURL(path.resolve(file)).href);
  await page.waitForFunction(() => document.documentElement.dataset.drawn === "all");
  return { page, heard };
};

const test = async (file, name, options, act) => {
  const what = `${path.basename(file)}: ${name}`;
  let page;
  try {
    const opened = await open(file, options);
    page = opened.page;
    await act(page);
    assert.deepEqual(opened.heard, [], "the page is quiet");
    passed += 1;
    console.log(`ok      ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${what}\n${error.message}`);
  } finally {
    if (page) await page.close();
  }
};

const picture = (page, file, name, whole = true) => page.screenshot({ path: path.join(out, `${path.basename(file, ".html")}-${name}.png`), fullPage: whole });

const seriousOf = async (page) => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.length}, first ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary || ""}`);
};

const chosen = (page) => page.evaluate(() => Number(document.querySelector('.strip [aria-selected="true"]').dataset.column));
const focus = (page) => page.evaluate(() => {
  const e = document.activeElement, s = getComputedStyle(e);
  return { role: e.getAttribute("role"), tag: e.tagName, ring: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2, name: e.getAttribute("aria-label") || e.textContent.trim() };
});
const tabTo = async (page, wanted) => {
  for (let k = 0; k < 80; k++) {
    await page.keyboard.press("Tab");
    const at = await focus(page);
    if (at.tag === "BODY") continue;
    assert.ok(at.ring, `focus is seen on ${at.tag} ${at.name}`);
    if (await page.evaluate(wanted)) return at;
  }
  return assert.fail(`never reached by Tab: ${wanted}`);
};

// The data of a page, and its arrays as rows.
const dataOf = (file) => JSON.parse(/id="walk-data">([^<]*)<\/script>/.exec(fs.readFileSync(file, "utf8"))[1]);
const rowsOf = ({ shape: [rows, columns = 1], f32 }) => {
  const bytes = Buffer.from(f32, "base64");
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => bytes.readFloatLE(4 * (i * columns + j))));
};
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const numberOf = (text) => {
  const [, digits, power] = /([-−]?[\d.,]+)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?\s*$/.exec(text.trim()) || [null, "NaN"];
  const exponent = power ? Number([...power].map((c) => (c === "⁻" ? "-" : SUPERSCRIPTS.indexOf(c))).join("")) : 0;
  return Number(digits.replace("−", "-").replace(/,/g, "")) * 10 ** exponent;
};
const close = (shown, computed, what) => assert.ok(Math.abs(shown - computed) <= 0.006 * Math.abs(computed) + 0.00051, `${what}: ${shown} is shown, ${computed} computed`);

// What a unit of a part does at a step, out of the sums and the states before it alone.
const unitAgain = (part, t, k) => {
  const gate = (letter) => { const g = part.gates.find((g) => g.letter === letter); return { a: rowsOf(g.a)[t][k], u: g.u ? rowsOf(g.u)[t][k] : 0 }; };
  const p = part.reverse ? t + 1 : t - 1, before = (packed) => (rowsOf(packed)[p] || [])[k] || 0;
  const h = before(part.h), both = (letter) => gate(letter).a + gate(letter).u;
  if (part.cell === "lstm") {
    const i = sigmoid(both("i")), f = sigmoid(both("f")), g = Math.tanh(both("g")), o = sigmoid(both("o")), c = f * before(part.c) + i * g;
    return { gates: { i, f, g, o }, flows: { keep: f * before(part.c), write: i * g, now: c, show: o * Math.tanh(c) } };
  }
  if (part.cell === "gru") {
    const r = sigmoid(both("r")), z = sigmoid(both("z")), n = Math.tanh(gate("n").a + r * gate("n").u);
    return { gates: { r, z, n }, flows: { keep: z * h, write: (1 - z) * n, now: z * h + (1 - z) * n } };
  }
  if (part.cell === "rnn") return { gates: { h: Math.tanh(both("h")) }, flows: { fromInput: gate("h").a, fromMemory: gate("h").u, now: Math.tanh(both("h")) } };
  return { gates: {}, flows: {} };
};

// The recurrent sum of every gate out of the weights of the page, where they are all there.
const recurrentAgain = (part, t) => {
  const found = (name) => part.weights.find((w) => w.name.startsWith(name) && w.values);
  const weight = found("weight_hh"), bias = found("bias_hh");
  if (!weight || !bias || part.units.length !== part.hidden) return null;
  const h = rowsOf(part.h)[part.reverse ? t + 1 : t - 1] || new Array(part.hidden).fill(0), b = rowsOf(bias.values).flat();
  return rowsOf(weight.values).map((row, i) => row.reduce((sum, w, j) => sum + w * h[j], b[i]));
};

const readCards = (page) => page.evaluate(() => [...document.querySelectorAll(".cell-card")].map((card) => ({
  unit: Number(card.querySelector("input[type=range]").value),
  gates: Object.fromEntries([...card.querySelectorAll("li.gate")].map((g) => [g.dataset.gate, { value: g.querySelector("strong").textContent, text: g.querySelector(".calc").textContent, u: g.querySelector(".calc").dataset.u }])),
  flows: Object.fromEntries([...card.querySelectorAll("[data-flow]")].map((r) => [r.dataset.flow, r.querySelector(".figure").textContent])),
})));

// The text of the page that is its own, without what the reader brought.
const ownText = (page) => page.evaluate(() => {
  const others = 'script, style, code, noscript, .language, .notes, [lang=""], .quoted, bdi, option, title, .step';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(others)) texts.push(walker.currentNode.textContent);
  for (const e of document.querySelectorAll("[aria-label]")) texts.push(e.getAttribute("aria-label").replace(/“[^”]*”/g, ""));
  return texts.join("\n");
});

// The step that the page stands at, counted from one.
const standsAt = (page, step) => page.waitForFunction((t) => document.querySelector(".walker small").textContent.startsWith(`${t} /`), step + 1, { timeout: 5000 });

// Both dictionaries have every sentence, with as many things to be told of.
const scripts = new URL("../../crates/gatewise-report/src/walk/js/", import.meta.url);
const dictionary = (name) => new Function(`${fs.readFileSync(new URL(`${name}.js`, scripts), "utf8")}\nreturn ${name};`)();
const shapeOf = (value) => (typeof value === "function" ? `of ${value.length}` : Array.isArray(value) ? value.map(shapeOf) : typeof value === "object" ? Object.fromEntries(Object.keys(value).sort().map((k) => [k, k === "labels" ? "own" : shapeOf(value[k])])) : "text");
try {
  assert.deepEqual(shapeOf(dictionary("ko")), shapeOf(dictionary("en")));
  passed += 1;
  console.log("ok      the dictionaries say the same things");
} catch (error) {
  failed += 1;
  console.log(`FAILED  the dictionaries say the same things\n${error.message}`);
}

for (const file of process.argv.slice(2)) {
  const data = dataOf(file), several = data.columns.length > 4;

  await test(file, "small, and seen at once", {}, async (page) => {
    const size = fs.statSync(file).size;
    assert.ok(size <= MOST_BYTES, `${size} bytes`);
    await page.reload();
    const first = await page.evaluate(() => new Promise((resolve) => new PerformanceObserver((list) => list.getEntries().filter((e) => e.name === "first-contentful-paint").forEach((e) => resolve(e.startTime))).observe({ type: "paint", buffered: true })));
    assert.ok(await page.locator(".strip .step").count() === data.columns.length, "every symbol has a column");
    assert.ok(first <= MOST_MILLISECONDS, `first view after ${first} ms`);
    console.log(`        ${(size / 1024).toFixed(0)} KiB, first view after ${first.toFixed(0)} ms`);
    await picture(page, file, "desk");
  });

  await test(file, "every part that was measured has its section", {}, async (page) => {
    const ids = await page.evaluate(() => [...document.querySelectorAll("main > section")].map((s) => s.id));
    for (const [id, part] of Object.entries({ memory: data.memory, recall: data.recall, series: data.series })) assert.equal(ids.includes(id), Boolean(part), id);
    const links = await page.evaluate(() => [...document.querySelectorAll(".contents a")].map((a) => a.getAttribute("href").slice(1)));
    assert.deepEqual(links, ids);
    const levels = await page.evaluate(() => [...document.querySelectorAll("h1, h2, h3, h4")].map((h) => Number(h.tagName[1])));
    assert.equal(levels[0], 1);
    levels.reduce((a, b) => { assert.ok(b <= a + 1, `a heading of level ${b} follows one of level ${a}`); return b; });
    const text = await page.evaluate(() => document.querySelector("main").innerText);
    for (const slip of ["undefined", "NaN", "[object", "null", "Infinity"]) assert.ok(!text.includes(slip), `${slip}: ${text.slice(Math.max(0, text.indexOf(slip) - 80), text.indexOf(slip) + 40)}`);
  });

  if (several) await test(file, "the keyboard alone walks", {}, async (page) => {
    const rtl = data.source.direction === "rtl", on = rtl ? "ArrowLeft" : "ArrowRight", back = rtl ? "ArrowRight" : "ArrowLeft";
    await tabTo(page, () => document.activeElement.getAttribute("role") === "option");
    await page.keyboard.press("Home");
    await standsAt(page, data.columns[0].last);
    for (let k = 0; k < 3; k++) await page.keyboard.press(on);
    await page.keyboard.press(back);
    await standsAt(page, data.columns[2].last);
    assert.equal(await chosen(page), 2);
    assert.equal((await focus(page)).role, "option");
    assert.ok((await focus(page)).ring, "the chosen column shows its focus");
    assert.match(await page.locator('[role="status"][aria-live]').textContent(), new RegExp(`\\b${data.columns[2].last + 1}\\D`));
    await page.keyboard.press("End");
    await standsAt(page, data.steps - 1);
    assert.equal(await chosen(page), data.columns.length - 1);
    assert.equal(await page.evaluate(() => document.querySelectorAll('.strip [tabindex="0"]').length), 1, "one column is in the order of Tab");
    // A unit by its slider, then the next most active one.
    await tabTo(page, () => document.activeElement.matches(".cell-card input[type=range]"));
    const unit = await page.evaluate(() => document.activeElement.value);
    await page.keyboard.press(unit === "0" ? "ArrowRight" : "ArrowLeft");
    await page.waitForFunction((unit) => document.activeElement.value !== unit, unit);
    await tabTo(page, () => document.activeElement.matches(".cell-card button"));
    await page.keyboard.press("Enter");
    // The arrows walk from there too.
    await page.keyboard.press(back);
    await standsAt(page, data.steps - 2);
    await picture(page, file, "keyboard", false);
  });

  await test(file, "the numbers in the cells, computed anew", {}, async (page) => {
    const at = [...new Set([0, 1, data.stop ?? 2, data.steps - 1])].filter((t) => t < data.steps);
    for (const t of at) {
      await page.evaluate((t) => document.querySelectorAll(".strip .step")[t].click(), data.columns.findIndex((c) => c.first <= t && t <= c.last));
      await page.evaluate(() => document.querySelector("#cell").scrollIntoView());
      await page.waitForTimeout(150);
      const step = data.columns.find((c) => c.first <= t && t <= c.last).last, cards = await readCards(page);
      assert.equal(cards.length, data.networks.length);
      cards.forEach((card, i) => {
        const part = data.networks[i].parts[0], own = unitAgain(part, step, card.unit), sums = recurrentAgain(part, step);
        for (const [letter, v] of Object.entries(own.gates)) {
          const what = `${data.networks[i].title}, step ${step}, ${letter}`;
          close(numberOf(card.gates[letter].value), v, what);
          assert.ok(/[σtanhReLU(]/.test(card.gates[letter].text), what);
          const g = part.gates.findIndex((gate) => gate.letter === letter);
          if (sums && card.gates[letter].u !== undefined && part.gates[g].u) close(Number(card.gates[letter].u), sums[g * part.hidden + part.units[card.unit]], `${what}, U h`);
        }
        for (const [name, v] of Object.entries(own.flows)) close(numberOf(card.flows[name]), v, `${data.networks[i].title}, step ${step}, ${name}`);
      });
    }
  });

  await test(file, "units, gates, networks and runs are chosen", {}, async (page) => {
    for (const b of await page.locator(".walker .segmented button").all()) {
      await b.click();
      await page.waitForTimeout(100);
      assert.equal(await b.getAttribute("aria-pressed"), "true");
    }
    const trace = page.locator(".cell-card canvas").first();
    await trace.scrollIntoViewIfNeeded();
    await trace.click({ position: { x: 2, y: 4 } });
    await standsAt(page, data.source.direction === "rtl" ? data.steps - 1 : 0);
    if (Number.isInteger(data.stop)) {
      await page.locator("#cell .strong-button").click();
      await standsAt(page, data.stop);
    }
    for (const p of await page.locator("[data-property]").all()) {
      const number = await p.getAttribute("data-property");
      await p.click();
      await page.waitForFunction((n) => document.querySelector(`[data-property="${n}"]`).getAttribute("aria-pressed") === "true", number);
      const { labels } = data.memory.properties[Number(number)];
      if (rowsOf(labels).some(([label]) => label > 0.5)) assert.ok(await page.locator(".heat-text .holds").count() > 0, "the places of a property are marked");
    }
    for (const r of await page.locator("[data-run]").all()) await r.setChecked(!(await r.isChecked()));
  });

  await test(file, "both languages, whole", {}, async (page) => {
    for (const lang of ["ko", "en", "ko"]) {
      await page.locator(`.language [data-value="${lang}"]`).click();
      await page.waitForFunction(() => document.documentElement.dataset.drawn === "all");
      await page.waitForFunction(() => !document.querySelector("section.undrawn"));
      assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
      const text = await ownText(page);
      if (lang === "en") assert.deepEqual(text.match(/[가-힣]+/g) || [], [], "no Korean is left");
      else {
        const known = /^(gatewise|walk|tanh|Home|End|Page|Down|AUC|ReLU|LSTM|BiLSTM|minGRU|minLSTM|Enter|recurrent|weight)$/;
        assert.deepEqual((text.match(/[A-Za-z]{4,}/g) || []).filter((w) => !known.test(w) && !data.networks.some((n) => n.title.includes(w)) && !(data.series && data.series.target === w)), [], "no English is left");
      }
      for (const slip of ["undefined", "NaN", "[object"]) assert.ok(!text.includes(slip), slip);
    }
  });

  for (const [name, options] of Object.entries({ phone: { viewport: PHONE, hasTouch: true, isMobile: true }, dark: { colorScheme: "dark" }, light: { colorScheme: "light" }, calm: { reducedMotion: "reduce" } })) {
    await test(file, `${name}: nothing serious to axe`, options, async (page) => {
      if (name === "phone") {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= PHONE.width, `${wide} pixels wide`);
      }
      if (name === "dark") {
        const [r] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g).map(Number);
        assert.ok(r < 60, "the page is dark");
      }
      assert.deepEqual(await seriousOf(page), []);
      if (name === "phone" || name === "dark") await picture(page, file, name);
    });
  }

  await test(file, "paper shows everything", { viewport: { width: 718, height: 1000 }, colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    const state = await page.evaluate(() => ({
      closed: document.querySelectorAll("main details:not([open])").length, undrawn: document.querySelectorAll("section.undrawn").length, walker: getComputedStyle(document.querySelector(".walker")).display,
      wide: document.documentElement.scrollWidth, paper: getComputedStyle(document.body).backgroundColor,
    }));
    assert.deepEqual(state, { closed: 0, undrawn: 0, walker: "none", wide: 718, paper: "rgb(255, 255, 255)" });
    await picture(page, file, "print");
    const pdf = await page.pdf({ path: path.join(out, `${path.basename(file, ".html")}.pdf`), format: "A4" });
    assert.ok(pdf.length > 20000);
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    assert.ok(await page.evaluate(() => document.querySelectorAll("main details[open]").length) === 0);
  });
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
