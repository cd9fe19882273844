/* Speed alone: every page works without this file.  Chords with Ctrl, Alt or Meta are left to the browser. */
(function () {
  "use strict";
  var page = document.body.dataset.page;
  document.documentElement.classList.add("scripted"); // the key line says F1: its heading is for who has no script
  function id(name) { return document.getElementById(name); }
  function chord(e) { return e.ctrlKey || e.altKey || e.metaKey; }

  // ---- F1: the keys of this page (PAGE.keys); again, or Esc: back to where one was
  (function () {
    var help = id("help"), before = null;
    function toggle() {
      if (!help.open) { before = document.activeElement; }
      help.open = !help.open;
      if (help.open) { help.querySelector("summary").focus(); } else if (before) { before.focus(); }
    }
    if (!help) { return; }
    document.addEventListener("keydown", function (e) {
      if (chord(e) || e.shiftKey || (e.key !== "F1" && !(e.key === "Escape" && help.open))) { return; }
      e.preventDefault();
      e.stopImmediatePropagation();
      if (!e.repeat) { toggle(); }
    }, true);
    id("f1").addEventListener("click", function (e) { e.preventDefault(); toggle(); });
  }());

  // ---- the idle lock: a page that nobody touches is signed out; one that somebody reads says so once a minute
  (function () {
    var out = id("signout"), touched = Date.now(), told = Date.now();
    if (!out) { return; }
    ["keydown", "pointerdown", "pointermove", "wheel"].forEach(function (what) {
      document.addEventListener(what, function () { touched = Date.now(); }, { capture: true, passive: true });
    });
    setInterval(function () {
      var now = Date.now(), idle = document.body.dataset.idle * 1000;
      if (now - touched >= idle) {
        out.elements.idle.value = "1";
        touched = now;
        out.submit();
      } else if (touched > told && now - told > 60000) {
        told = now;
        fetch("/alive").then(function (a) { if (a.redirected) { location.href = "/?locked=1"; } }).catch(function () { /* in a minute */ });
      }
    }, 1000);
  }());

  function signinPage() {
    document.addEventListener("keydown", function (e) {
      if (e.key !== "F2" || chord(e) || e.repeat || !id("glass")) { return; }
      e.preventDefault();
      id("glass").open = true;
      id("name").focus();
    });
    keptNotice();
  }

  // ---- printing: F-keys choose, Enter prints
  function printPage() {
    document.addEventListener("keydown", function (e) {
      if (chord(e) || e.repeat) { return; }
      if (e.key === "Escape" && id("emergency")) { id("emergency").focus(); return; }
      if (e.key === "ArrowUp" || e.key === "ArrowDown") {
        var links = Array.prototype.slice.call(document.querySelectorAll(".choose a"));
        var at = links.findIndex(function (a) { return a.hasAttribute("aria-current"); });
        var to = links[at + (e.key === "ArrowUp" ? -1 : 1)];
        if (to) { e.preventDefault(); location.replace(to.href); }
        return;
      }
      if (e.key.length === 1 && e.key !== " " && id("scan") && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) {
        id("scan").value = ""; // a hand scanner types the number and Enter: that must never print the whole ward
        id("scan").focus();
        return;
      }
      var pack = document.querySelector('[data-key="' + (/^F[2-9]$/.test(e.key) ? e.key : "-") + '"]');
      if (!pack) { return; }
      e.preventDefault();
      var own = document.querySelector('input[form="' + pack.form.id + '"]');
      (own || pack).focus();
      if (own) { own.select(); }
    });
  }

  (function () { // the printer that was chosen, at once
    var where = id("where");
    if (!where) { return; }
    where.querySelector("button").hidden = true;
    where.querySelector("select").addEventListener("change", function () { where.submit(); });
  }());

  function jobPage() {
    var box = document.querySelector("[data-job]");
    document.addEventListener("keydown", function (e) {
      if (e.key === "Escape" && !chord(e) && id("back")) { location.href = id("back").href; }
    });
    if (!box || !box.dataset.running) { return; }
    var timer = setInterval(function () {
      fetch("/print/job?json=1&id=" + box.dataset.job, { headers: { Accept: "application/json" } }).then(function (a) {
        return a.json();
      }).then(function (job) {
        var bar = document.querySelector("progress");
        if (!job.running) { clearInterval(timer); location.reload(); return; }
        bar.max = job.total || 1;
        bar.value = job.done;
        id("job-done").textContent = job.done;
        id("job-total").textContent = job.total;
      }).catch(function () { /* asked again in a moment */ });
    }, 200);
  }

  // ---- the desk: keys choose, Enter does
  function typing(e) { return /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && !/^(radio|checkbox)$/.test(e.target.type); }
  function digit(e) { var d = /^(?:Digit|Numpad)([0-9])$/.exec(e.code); return d ? d[1] : ""; }
  function onKeys(run) {
    document.addEventListener("keydown", function (e) {
      if (!chord(e) && !e.repeat && run(e)) { e.preventDefault(); }
    });
  }
  // The row above or below of the list of this page is opened by its link.
  function step(e, list) {
    var links = Array.prototype.slice.call(document.querySelectorAll(list)), to;
    if (typing(e) || (e.key !== "ArrowUp" && e.key !== "ArrowDown") || !links.length) { return false; }
    to = links[links.indexOf(document.activeElement) + (e.key === "ArrowUp" ? -1 : 1)];
    if (links.indexOf(document.activeElement) < 0) { to = document.querySelector(list + "[aria-current]") || links[0]; }
    if (to) { to.focus(); }
    return true;
  }
  function conflictPage() {
    var choice = id("choice"), says = id("chosen-says"), nothing = says ? says.textContent : "";
    function show() {
      document.querySelectorAll("[data-pick]").forEach(function (c) { c.classList.toggle("picked", choice.value !== "" && c.dataset.pick === choice.value); });
      says.textContent = says.getAttribute("data-" + choice.value) || nothing;
    }
    if (choice) { choice.addEventListener("input", show); }
    onKeys(function (e) {
      var d = digit(e), to = e.key === "ArrowUp" ? id("conflict-prev") : e.key === "ArrowDown" ? id("conflict-next") : null;
      if (to) { location.href = to.href; return true; }
      if (choice && /^[234]$/.test(d) && !e.shiftKey && (!typing(e) || e.target === choice)) {
        choice.focus(); choice.value = d === "3" && !document.querySelector('thead [data-pick="3"] kbd') ? "" : d; show();
        return true;
      }
      return false;
    });
  }
  function ledgerPage() {
    onKeys(function (e) {
      var to = { F2: "as-void", F3: "as-lost", F4: "code" }[e.key];
      if (!to || !id(to)) { return step(e, ".board tbody a"); }
      if (to === "code") { id("code").focus(); } else { id(to).checked = true; id("numbers").focus(); }
      return true;
    });
  }
  function imagePage() {
    onKeys(function (e) {
      var d = digit(e), turn = document.querySelector('.acts [data-key="' + (/^F[689]$/.test(e.key) ? e.key : "-") + '"]'), box = id("sheet"), row;
      if (turn) { location.replace(turn.href); return true; }
      if (e.key === "+" && id("compared")) { id("compared").checked = !id("compared").checked; return true; }
      if (!box || !d || e.shiftKey || (typing(e) && (e.target !== box || box.value.indexOf("-") > 0 && !document.querySelector(".candidate.picked") || (box.value && !document.querySelector(".candidate.picked"))))) { return false; }
      row = document.querySelector('.candidate[data-number="' + d + '"]');
      if (!row) { return false; }
      document.querySelectorAll(".candidate").forEach(function (c) { c.classList.toggle("picked", c === row); });
      box.value = row.dataset.sheet;
      box.focus();
      return true;
    });
    if (id("sheet")) { id("sheet").addEventListener("input", function () { document.querySelectorAll(".picked").forEach(function (c) { c.classList.remove("picked"); }); }); }
  }
  function identityPage() {
    onKeys(function (e) {
      var d = digit(e), box = d && !typing(e) && !e.shiftKey && document.querySelector('[data-number="' + d + '"]');
      if (box) { box.checked = true; box.focus(); return true; }
      return step(e, ".choose a");
    });
  }
  function bindPage() {
    onKeys(function (e) {
      var d = digit(e), box = id("patient"), row = d && box && !e.shiftKey && (!typing(e) || box.value === "") && document.querySelector('.candidate[data-number="' + d + '"]');
      if (e.key === "+" && id("compared")) { id("compared").checked = !id("compared").checked; return true; }
      if (row) { box.value = row.dataset.value; box.focus(); box.select(); return true; }
      return step(e, ".choose a");
    });
  }
  function mergePage() {
    onKeys(function (e) {
      if (e.key === "F4" && id("read")) { id("read").checked = !id("read").checked; id("sign-phrase").focus(); return true; }
      return step(e, ".choose a");
    });
    if (document.querySelector("[data-running]")) { setTimeout(function () { location.reload(); }, 3000); }
  }
  function reportPage() {
    if (document.querySelector("[data-counting]")) { setTimeout(function () { location.replace(location.pathname); }, 1500); }
    onKeys(function (e) {
      var pdf = document.querySelector('[data-key="F8"]'), tables = document.querySelector("details");
      if (e.key === "F8" && pdf) { pdf.click(); return true; }
      if (e.key === "F3" && tables) { tables.open = !tables.open; return true; }
      return false;
    });
  }
  function listPage() { onKeys(function (e) { return step(e, ".choose a"); }); }
  function auditPage() { if (document.querySelector("[data-counting]")) { setTimeout(function () { location.reload(); }, 1500); } }

  // ---- review
  // What was keyed is kept in this browser until the station says that it is stored.
  var KEPT = "repli.unsent";
  function kept() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch (e) { return []; }
  }
  function keep(who, list) { // this person's; other people's stay as they are
    var all = kept().filter(function (k) { return k.who !== who; }).concat(list.map(function (k) { return { who: k.who, fields: k.fields }; }));
    try {
      if (all.length) { localStorage.setItem(KEPT, JSON.stringify(all)); } else { localStorage.removeItem(KEPT); }
    } catch (e) { /* then they are kept in the page alone */ }
  }
  function wordsOf() {
    var words = {}, box = id("words");
    if (box) { box.content.querySelectorAll("[data-w]").forEach(function (w) { words[w.dataset.w] = w.textContent; }); }
    return words;
  }
  // What a key means, whatever the keyboard: digits by their place, before their character.
  function meaning(e) {
    var digit = /^(?:Digit|Numpad)([0-9])$/.exec(e.code);
    var sign = e.shiftKey && /^[+*\/]$/.test(e.key); // QWERTY has the star above the 8; AZERTY has digits there
    if (digit && !sign) { return digit[1]; }
    if (e.code === "NumpadDecimal" || e.key === "," || e.key === ".") { return ","; }
    return { Enter: "enter", "+": "sure", "-": "blank", "*": "illegible", "/": "correction", ArrowUp: "back", ArrowDown: "on", Backspace: "erase" }[e.key] || "";
  }
  function svg(name, attributes) {
    var node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(attributes).forEach(function (k) { node.setAttribute(k, attributes[k]); });
    return node;
  }

  // Answers go out one after the other; `on` hears of each: (item, reply), or (item, null) when the station is away.
  function outbox(who, token, on) {
    var list = kept().filter(function (k) { return k.who === who; }), sending = false;
    function changed() { keep(who, list); on.count(list.length); }
    function later() { setTimeout(send, 1500); }
    function send() {
      if (sending || !list.length) { return; }
      var item = list[0], body = new URLSearchParams(item.fields);
      sending = true;
      body.set("token", token);
      fetch("/review/entry", { method: "POST", body: body, headers: { Accept: "application/json" } }).then(function (a) {
        if (a.status === 401 || a.status === 403) { location.href = "/"; return null; } // signed out: they are kept, and sent after
        return a.json().then(function (o) {
          sending = false;
          if (o.outcome === "error" && a.status >= 500) { on.away(item, o.why); later(); return; }
          list.shift();
          changed();
          on.reply(item, o);
          send();
        });
      }).catch(function () { sending = false; on.away(item, ""); later(); });
    }
    return {
      put: function (item) { list.push(item); changed(); setTimeout(send, 0); }, // kept at once; the next picture is not held up
      first: function () { changed(); send(); },
      count: function () { return list.length; }
    };
  }

  function keptByOthers(who, words) {
    var n = kept().filter(function (k) { return k.who !== who; }), p;
    if (!n.length) { return; }
    p = document.createElement("p");
    p.className = "said asks";
    p.setAttribute("role", "status");
    p.textContent = n.length + " " + words.others + " (" + n[0].who + ")";
    document.querySelector("main").insertBefore(p, document.querySelector(".head").nextSibling);
  }
  function sendKept(form) { // what was kept goes out before anything new is begun
    var words = wordsOf(), nothing = function () { /* this page says nothing about single answers */ };
    keptByOthers(form.dataset.who, words);
    outbox(form.dataset.who, form.elements.token.value, { count: nothing, away: nothing, reply: nothing }).first();
  }

  function reviewPage() {
    var form = id("entry"), input = id("value"), words = wordsOf();
    document.addEventListener("keydown", function (e) {
      if (e.key === "F7" && !chord(e)) { e.preventDefault(); location.href = "/review/queues"; }
    });
    if (!form) { return; }
    var who = document.querySelector(".review").dataset.who;
    var queue = [], now = null, held = null, done = [], at = -1, chosen = "", busy = false, away = false;
    var waiting = [], paused = false, gate = false, advanced = 0, fetching = false, pictures = {};
    var unsent = {}; // how many answers of a task wait for the station's word
    var taken = {}; // what the station has: a list that was made before it had it, and comes after, does not bring it again
    var mark = id("mark"), nextBox = id("next"), seenBox = id("seen");

    function say(text, asks) {
      if (id("said").textContent !== text) { id("said").textContent = text; }
      id("said").classList.toggle("asks", !!asks);
    }
    function picture(url, n) { // decoded before it is wanted; one node for the pane, one for the film
      var k = n + url;
      if (!pictures[k]) {
        pictures[k] = new Image();
        pictures[k].decoding = "sync"; // decoded by then: it is in the frame that it is put into
        pictures[k].src = url;
        pictures[k].alt = "";
        if (pictures[k].decode) { pictures[k].decode().catch(function () { /* shown broken: its words stand beside */ }); }
      }
      return pictures[k];
    }
    function prepare(field) { picture(field.crop, "p"); picture(field.crop, "f"); if (field.row) { picture(field.row, "r"); } }
    function forget(fields) { // all pictures but theirs
      var wanted = {};
      fields.forEach(function (f) { if (f) { wanted["p" + f.crop] = wanted["f" + f.crop] = wanted["r" + f.row] = true; } });
      Object.keys(pictures).forEach(function (k) { if (!wanted[k]) { delete pictures[k]; } });
    }
    // A line of the film is made once and goes with its field.  What is not stored yet says so.
    function row(field, said) {
      var li = field.line, text = said === undefined ? "" : said + (unsent[field.task] ? " …" : "");
      if (!li) {
        li = document.createElement("li");
        li.append(picture(field.crop, "f"), document.createElement("b"));
        li.of = field;
        field.line = li;
      }
      if (li.lastChild.textContent !== text) { li.lastChild.textContent = text; }
      li.className = said === undefined ? "" : "done";
      return li;
    }
    function film(box, lines) { // only what is new is touched
      var old = Array.prototype.slice.call(box.children);
      old.forEach(function (li) { if (lines.indexOf(li) < 0) { li.remove(); if (li.of) { delete li.of.line; } } });
      lines.forEach(function (li, i) { if (box.children[i] !== li) { box.insertBefore(li, box.children[i] || null); } });
    }
    function put(name, text) {
      var box = id(name), now = String(text || text === 0 ? text : "–");
      if (box.textContent !== now) { box.textContent = now; }
    }
    function alike(a, b) {
      return a && b && (a.is_tick && b.is_tick || a.label === b.label && a.kind === b.kind && a.unit === b.unit) && (a.need === "settle") === (b.need === "settle");
    }
    function figures(o) {
      if (o.left === undefined) { return; }
      put("left", o.left); put("done", o.kind_done); put("all", o.kind_all); put("speed", o.speed); put("minutes", o.minutes);
      id("progress").max = o.kind_all || 1;
      id("progress").value = o.kind_done;
    }

    // Two answers that stand against each other: F2 and F3 choose, Enter settles.
    function showKeyed(field) {
      var body = id("keyed").querySelector("tbody");
      id("keyed").hidden = !field.keyed;
      if (!field.keyed && !body.firstChild) { return; }
      body.replaceChildren();
      (field.keyed || []).forEach(function (k) {
        var tr = document.createElement("tr"), td = document.createElement("td"), b = document.createElement("b"), take = document.createElement("button"), key = document.createElement("kbd");
        b.className = "digits";
        b.textContent = k.said;
        td.appendChild(b);
        tr.appendChild(td);
        td = document.createElement("td");
        take.type = "button";
        take.textContent = words.take + " ";
        key.textContent = k.key;
        take.appendChild(key);
        take.addEventListener("click", function () { pick(k.key); input.focus(); });
        td.appendChild(take);
        tr.appendChild(td);
        body.appendChild(tr);
      });
      id("machine").textContent = field.machine ? words.machine + " " + (words[field.machine] || field.machine) : "";
    }
    function pick(key) {
      var k = ((now && now.keyed) || []).filter(function (one) { return one.key === key; })[0];
      if (!k) { return; }
      chosen = k.answer === "value" ? "" : k.answer;
      input.value = k.answer === "value" ? now.is_tick ? "1" : k.said : k.said;
      say(words.pick, true);
    }
    // The input stands under what was written: the picture begins 16 mm before it and shows 48.
    function place(field) {
      var wide = field.crop.indexOf("@near.") > 0 && field.mm && field.mm[2] - field.mm[0] < 24;
      mark.hidden = !wide || field.kind === "band";
      if (wide) {
        mark.style.setProperty("--w", (field.mm[2] - field.mm[0]) / 48);
        mark.style.setProperty("--h", (field.mm[3] - field.mm[1]) / 22);
      }
      input.style.setProperty("--at", wide ? "33.3%" : "calc(50% - 7rem)");
      input.inputMode = field.letters ? "text" : "decimal";
    }
    function rest(field) { // the crop first, this after the frame
      put("soft", field.soft); put("hard", field.hard); put("drug", field.drug); put("letters", field.letters); put("sheet", field.sheet);
      id("field").textContent = (field.form || "") + " · " + field.field;
      id("need").textContent = words[field.need === "settle" ? "settles" : field.need] || "";
      id("whole").href = "/sheet/" + encodeURIComponent(field.sheet) + "?field=" + encodeURIComponent(field.field);
      id("row").hidden = !field.row;
      id("row").replaceChildren.apply(id("row"), field.row ? [picture(field.row, "r")] : []);
      var before = filmBefore(), after = queue.slice(0, 20);
      film(nextBox, after.slice(0, 5).map(function (f) { return row(f); }));
      after.forEach(prepare);
      forget(after.concat(before.map(function (d) { return d.field; }), [now, held]));
    }
    function filmBefore() {
      var before = at >= 0 ? done.slice(Math.max(0, at - 2), at) : done.slice(-2);
      film(seenBox, before.map(function (d) { return row(d.field, d.said); }));
      return before;
    }
    function show(field, before, again) {
      now = field;
      chosen = "";
      var pane = picture(field.crop, "p");
      pane.id = "crop";
      id("pane").replaceChildren(mark, pane);
      id("task").value = field.task;
      id("asked").value = field.asked || "";
      input.value = again && /^[0-9.,:-]+$/.test(again) ? again.replace(".", ",") : again === "✓" ? "1" : "";
      if (id("kind").textContent !== field.label) {
        id("kind").textContent = field.label;
        input.setAttribute("aria-label", field.label);
      }
      if (id("unit").textContent !== (field.unit || "")) { id("unit").textContent = field.unit || ""; }
      document.querySelector(".now").dataset.tick = field.is_tick ? "1" : "";
      place(field);
      showKeyed(field);
      gate = !!before && !again && !alike(before, field);
      input.readOnly = gate;
      say(gate ? words.kind : field.asked_why || (again ? words.back : field.keyed ? words.settle : field.is_tick ? words.tick : words.key), gate || field.asked_why || again);
      requestAnimationFrame(function () { setTimeout(function () { if (now === field) { rest(field); } }, 0); });
      input.focus();
      if (again) { input.select(); }
    }
    function next(all) { // what follows is given to this person: that is written down, so that it is no GET
      return fetch("/review/next", { method: "POST", body: new URLSearchParams({ token: form.elements.token.value, all: all }), headers: { Accept: "application/json" } });
    }
    function more() {
      if (fetching) { return Promise.resolve(); }
      fetching = true;
      return next("").then(function (a) {
        if (a.status === 401 || a.status === 403) { location.href = "/"; }
        if (a.redirected || !a.ok) { throw new Error("signed out"); }
        return a.json();
      }).then(function (o) {
        fetching = false;
        var have = {};
        queue.concat(now ? [now] : [], held ? [held] : []).forEach(function (f) { have[f.task] = true; });
        (o.fields || []).forEach(function (f) { if (!have[f.task] && !unsent[f.task] && !taken[f.task]) { queue.push(f); } });
        queue.slice(0, 20).forEach(prepare);
        figures(o);
        return o;
      }).catch(function (e) { fetching = false; throw e; });
    }
    function freed() {
      busy = false;
      while (!busy && waiting.length) { key(waiting.shift()); }
    }
    function advance(before) {
      if (queue.length) { show(queue.shift(), before); freed(); if (queue.length <= 8 && !away) { setTimeout(function () { more().catch(function () {}); }, 0); } return; }
      if (out.count() && !away) { setTimeout(function () { advance(before); }, 20); return; } // one of them may come again
      more().then(function () {
        if (queue.length) { show(queue.shift(), before); freed(); } else { location.reload(); }
      }).catch(function () { now = null; say(words.out, true); setTimeout(function () { advance(before); }, 1500); });
    }

    // As far as the page can tell, the station takes it: then the next picture comes without waiting for its word.
    function plain(field, value, flag) {
      var text = value.replace(",", "."), n = Number(text), comma = text.indexOf(".");
      function within(r) { return !r || ((typeof r[0] !== "number" || n >= r[0]) && (typeof r[1] !== "number" || n <= r[1])); }
      if (field.need === "settle") { return false; }
      if (field.asked && field.asked === value) { flag = "sure"; }
      if (flag && flag !== "sure" || field.is_tick) { return true; }
      if (field.is_time) { return /^([01][0-9]|2[0-3]):?[0-5][0-9]$/.test(value); }
      if (field.letters || !/^[0-9]+([.][0-9]+)?$/.test(text)) { return false; }
      if (field.decimals && (comma < 0 || text.length - comma - 1 !== field.decimals)) { return false; }
      return within(field.range_hard) && (flag === "sure" || within(field.range_soft));
    }
    // The station did not take what the page took for plain: it comes again after the field at hand, whose keys are its own.
    function comesAgain(field, opened) {
      field.opened = opened;
      var n = done.findIndex(function (d) { return d.field === field; });
      if (n >= 0) { done.splice(n, 1); }
      if (at === n && n >= 0) { at = -1; if (held) { queue.unshift(held); } held = null; show(field, null); return; }
      if (at > n && n >= 0) { at--; }
      queue.unshift(field);
      filmBefore();
      film(nextBox, queue.slice(0, 5).map(function (f) { return row(f); }));
    }
    var out = outbox(who, form.elements.token.value, {
      count: function (n) {
        var w = id("waits");
        w.hidden = n === 0 || n < 4 && !away; // a few on their way are no news: the film marks them
        w.textContent = n + " " + words.waits;
      },
      away: function (item, why) {
        away = true;
        id("waits").hidden = false;
        id("waits").textContent = out.count() + " " + words.waits;
        if (item.moved) { item.moved(); }
        say(why || words.away, true);
      },
      reply: function (item, o) {
        unsent[item.fields.task]--;
        if (o.outcome === "stored" || o.outcome === "gone") { taken[item.fields.task] = true; }
        if (away) { away = false; say(words.sent, false); more().catch(function () {}); }
        figures(o);
        if (item.told) { item.told(o); filmBefore(); }
        else if (o.outcome !== "stored") { say(o.why + " " + words.again, true); more().catch(function () {}); }
      }
    });
    function shown(flag, value) { return { blank: "−", illegible: "*", correction: "/" }[flag] || (now.is_tick ? "✓" : value); }
    function answer(flag) {
      var value = input.value, field = now, again = at >= 0 ? done[at] : null, moved = false, told = false, entry = { field: field };
      if (!now || busy) { return; }
      flag = flag || chosen;
      if (field.is_tick && value === "0" && (!flag || flag === "sure")) { flag = "blank"; }
      if ((!flag || flag === "sure") && value === "") { // Enter never means blank
        if (Date.now() - advanced > 700) { say(words.none, true); }
        return;
      }
      var said = shown(flag, value), asked = id("asked").value;
      if (again && again.said.replace(".", ",") === said.replace(".", ",")) { forward(); return; }
      var item = { who: who, fields: { task: field.task, sheet: field.sheet, field: field.field, value: field.is_tick ? "x" : value, flag: flag, asked: asked, kind: field.kind || "", again: again || field.opened ? "1" : "" } };
      busy = true;
      item.moved = function () { // the answer is kept; the page goes on
        if (moved) { return; }
        moved = true;
        if (again) { again.said = said; back(done.length); freed(); return; }
        entry.said = said;
        done.push(entry);
        advance(field);
      };
      item.told = function (o) {
        told = true;
        if (o.outcome === "refused" || o.outcome === "error") {
          field.asked = item.fields.value;
          field.asked_why = o.why + " " + words.again;
          if (moved) { comesAgain(field, !!item.fields.again); return; }
          waiting = []; // they were keyed for another field
          show(field, null);
          input.value = "";
          busy = false;
          return;
        }
        item.moved();
        if (o.outcome === "gone") { entry.said = "–"; say(o.why, true); }
      };
      unsent[field.task] = (unsent[field.task] || 0) + 1;
      out.put(item);
      if (away || (!again && plain(field, value, flag))) { item.moved(); return; }
      setTimeout(function () { if (!moved && busy && !told) { away = true; item.moved(); say(words.away, true); } }, 2500);
    }

    // ---- what was answered: back and forth without limit
    function back(to) {
      if (to < 0) { location.href = "/review?back=" + (done.length + 1); return; }
      if (at < 0) { held = now; }
      if (to >= done.length) {
        at = -1;
        var f = held;
        held = null;
        if (f) { show(f, null); }
        return;
      }
      at = to;
      show(done[at].field, null, done[at].said || " ");
    }
    function forward() { back(at < 0 ? done.length : at + 1); }

    // ---- the page around the field, while Space is held
    function around(on) {
      var old = document.querySelector(".held"), m = now && now.mm;
      if (!on) { if (old) { old.remove(); } return; }
      if (old || !m) { return; }
      var box = document.createElement("div"), high = Math.min(297, 210 * window.innerHeight / window.innerWidth);
      var top = Math.max(0, Math.min(297 - high, (m[1] + m[3]) / 2 - high / 2));
      var view = svg("svg", { viewBox: "0 " + top + " 210 " + high });
      view.appendChild(svg("image", { href: "/crop/" + encodeURIComponent(now.sheet) + "/@sheet.png", x: -2.5, y: -2.5, width: 215, height: 302, preserveAspectRatio: "none" }));
      view.appendChild(svg("rect", { "class": "ov sel", x: m[0], y: m[1], width: m[2] - m[0], height: m[3] - m[1] }));
      box.className = "held";
      box.appendChild(view);
      document.body.appendChild(box);
    }

    function key(what) {
      if (busy) { waiting.push(what); return; }
      if (gate) {
        if (what === "enter") { gate = false; input.readOnly = false; say(now.keyed ? words.settle : now.is_tick ? words.tick : words.key); }
        else if (what === "back") { back(done.length - 1); }
        return;
      }
      if (what === "enter") { answer(""); }
      else if (what === "back") { back(at < 0 ? done.length - 1 : at - 1); }
      else if (what === "on") { if (at >= 0) { forward(); } }
      else if (what === "erase") { input.value = chosen || whole() ? "" : input.value.slice(0, -1); chosen = ""; }
      else if (what.length > 1) { answer(what); }
      else { digit(what); }
    }
    function whole() { return input.selectionEnd - input.selectionStart === input.value.length && input.value.length > 0; }
    function digit(d) {
      if (chosen || whole()) { input.value = ""; chosen = ""; }
      if (now.is_tick && !/[01]/.test(d)) { return; }
      if (input.value.length >= 32) { return; }
      input.value += d;
      if (full()) { advanced = Date.now(); answer(""); }
    }
    // Nothing can follow: the comb is full, or one digit more would pass the limit.  The comma falls into its place.
    function full() {
      var v = input.value, digits = v.replace(/[^0-9]/g, ""), comma = v.indexOf(","), places = now.decimals || 0, hard = now.range_hard || [];
      if (now.is_tick) { return /^[01]$/.test(v); }
      if (now.is_time) { return digits.length === 4 || digits.length === 3 && digits[0] >= "3"; }
      if (comma >= 0) { return places > 0 && v.length - comma - 1 === places; }
      var most = typeof hard[1] === "number" && digits.length > places && parseInt(digits, 10) / Math.pow(10, places) * 10 > hard[1];
      if (digits !== v || !(now.cells ? digits.length === now.cells || most : most)) { return false; }
      if (places && digits.length > places) { input.value = digits.slice(0, -places) + "," + digits.slice(-places); }
      return true;
    }

    document.addEventListener("keyup", function (e) { if (e.code === "Space") { around(false); } });
    window.addEventListener("blur", function () { around(false); });
    document.addEventListener("keydown", function (e) {
      if (paused) { e.preventDefault(); paused = false; document.querySelector(".review").hidden = false; say(words.key); input.focus(); return; }
      if (chord(e)) { return; }
      if (e.key === "F9") { e.preventDefault(); paused = true; document.querySelector(".review").hidden = true; say(words.pause); return; }
      if (e.key === "F4") { e.preventDefault(); location.href = id("whole").href; return; }
      if (/^F[23]$/.test(e.key) && now && now.keyed) { e.preventDefault(); pick(e.key); input.focus(); return; }
      if (e.target !== input) { return; }
      if (e.code === "Space") { e.preventDefault(); around(true); return; }
      var what = meaning(e);
      if (!what) { return; } // letters of a field that has them
      e.preventDefault();
      if (!e.repeat || what === "erase") { key(what); }
    });
    input.addEventListener("input", function () { // a letter of a row that has some
      if (gate) { input.value = ""; return; }
      if (now && now.letters && input.value.length === 1 && now.letters.toUpperCase().indexOf(input.value.toUpperCase()) >= 0) { advanced = Date.now(); answer(""); }
    });
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      if (e.submitter && e.submitter.name === "pick") { pick(e.submitter.querySelector("kbd").textContent); input.focus(); return; }
      if (gate) { key("enter"); } else { answer(e.submitter ? e.submitter.value : ""); }
      input.focus();
    });
    if (id("earlier")) { id("earlier").addEventListener("click", function (e) { if (done.length) { e.preventDefault(); key("back"); } }); }

    keptByOthers(who, words);
    kept().forEach(function (k) { if (k.who === who) { unsent[k.fields.task] = (unsent[k.fields.task] || 0) + 1; } });
    next("1").then(function (a) { return a.json(); }).then(function (o) {
      done = (o.done || []).map(function (f) { return { field: f, said: f.said }; });
      queue = (o.fields || []).filter(function (f) { return !unsent[f.task]; });
      var steps = parseInt((/[?&]back=([0-9]+)/.exec(location.search) || [0, "0"])[1], 10);
      out.first();
      if (!queue.length && !done.length) { return; }
      figures(o);
      if (queue.length) { show(queue.shift(), null); }
      if (steps > 0 && steps <= done.length) { back(done.length - steps); }
    }).catch(function () { say(words.away, true); });
    input.focus();
  }

  // ---- a wall of tiles
  function wallPage() {
    var form = id("wall-form"), tiles = Array.prototype.slice.call(document.querySelectorAll(".tile input")), half = "", marked = [], words = wordsOf(), busy = false;
    if (!form) { return; }
    function say(text) { id("wall-said").textContent = text || ""; }
    function counts() {
      var no = tiles.filter(function (t) { return t.checked; }).length;
      id("wall-yes").textContent = tiles.length - no;
      id("wall-no").textContent = no;
    }
    function toggle(t) {
      t.checked = !t.checked;
      if (t.checked) { marked.push(t); }
      counts();
    }
    function columns() { // as many as the window has in a row
      var top = tiles[0].closest(".tile").offsetTop, n = 0;
      while (n < tiles.length && tiles[n].closest(".tile").offsetTop === top) { n++; }
      return n;
    }
    function digit(d) {
      half += d;
      if (half.length < 2) { say(words.half); return; }
      var t = tiles.filter(function (one) { return one.value === half; })[0], was = half;
      half = "";
      if (!t) { say(words.no + " " + was); return; }
      say("");
      toggle(t);
      t.focus();
    }
    function send() {
      if (busy) { return; }
      if (half) { say(words.half); return; }
      busy = true;
      fetch("/review/ticks", { method: "POST", body: new URLSearchParams(new FormData(form)) }).then(function (a) {
        if (a.status >= 500) { throw new Error("not stored"); }
        location.href = a.ok ? a.url : "/";
      }).catch(function () { busy = false; say(words.lost); });
    }
    tiles.forEach(function (t, i) { t.tabIndex = i ? -1 : 0; t.addEventListener("change", function () { if (t.checked) { marked.push(t); } counts(); }); });
    document.addEventListener("focusin", function (e) { if (tiles.indexOf(e.target) >= 0) { tiles.forEach(function (t) { t.tabIndex = t === e.target ? 0 : -1; }); } });
    document.addEventListener("keydown", function (e) {
      if (chord(e)) { return; }
      var at = tiles.indexOf(document.activeElement), step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[e.key], what = meaning(e);
      if (e.key === "F7") { e.preventDefault(); location.href = "/review/queues"; return; }
      if (document.activeElement.closest && document.activeElement.closest("a, button:not(#wall-go), .bar")) { return; }
      if (/^[0-9]$/.test(what)) { e.preventDefault(); if (!e.repeat) { digit(what); } return; }
      if (step) { e.preventDefault(); if (tiles[at + step]) { tiles[at + step].focus(); } else if (at < 0) { tiles[0].focus(); } return; }
      if (e.key === "Enter") { e.preventDefault(); if (!e.repeat) { send(); } return; }
      if (e.key === "Escape") { half = ""; say(""); return; }
      if (e.key === "Backspace") { e.preventDefault(); if (half) { half = ""; say(""); } else if (marked.length) { var t = marked.pop(); t.checked = false; counts(); t.focus(); } }
    });
    form.addEventListener("submit", function (e) { e.preventDefault(); send(); });
    counts();
    tiles[0].focus();
  }

  // ---- one side with boxes
  function sheetPage() {
    var rows = Array.prototype.slice.call(document.querySelectorAll(".listing tr[data-n]")), value = id("page-value"), paper = id("paper");
    function current() { return rows.findIndex(function (r) { return r.hasAttribute("aria-current"); }); }
    function fill(r) {
      var d = r.dataset, shown = r.lastElementChild.textContent;
      id("page-task").value = d.task; id("page-kind").value = d.kind; id("page-field").value = d.field; id("page-asked").value = "";
      id("page-label").textContent = r.querySelector("a").textContent;
      id("page-unit").textContent = d.unit;
      id("page-said").textContent = r.children[1].textContent;
      id("crop").src = d.crop;
      value.readOnly = !d.open;
      value.value = shown;
    }
    function choose(n) {
      var r = rows[n], box = document.querySelector('.ov[data-n="' + (r && r.dataset.n) + '"]');
      if (!r) { return; }
      rows.forEach(function (x) { x.classList.remove("chosen"); x.removeAttribute("aria-current"); });
      document.querySelectorAll(".ov.sel").forEach(function (b) { b.classList.remove("sel"); });
      r.classList.add("chosen");
      r.setAttribute("aria-current", "true");
      box.classList.add("sel");
      fill(r);
      look();
      value.focus();
      value.select();
    }
    function look() { // the list and the paper follow
      var r = rows[current()], box = document.querySelector(".ov.sel"), list = id("listing");
      if (!r || !box) { return; }
      list.scrollTop = r.offsetTop - list.clientHeight / 2;
      paper.scrollTop += box.getBoundingClientRect().top - paper.getBoundingClientRect().top - paper.clientHeight / 2;
    }
    document.addEventListener("keydown", function (e) {
      if (chord(e)) { return; }
      var n = current(), open;
      if (e.key === "Escape") { location.href = "/review"; return; }
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); choose(Math.max(0, Math.min(rows.length - 1, n + (e.key === "ArrowDown" ? 1 : -1)))); return; }
      if (e.key === "F2") { e.preventDefault(); open = rows.findIndex(function (r, i) { return i > n && r.dataset.open; }); choose(open >= 0 ? open : rows.findIndex(function (r) { return r.dataset.open; })); return; }
      if (e.key === "F4") { e.preventDefault(); paper.classList.toggle("bare"); return; }
      if (e.key === "F8") { e.preventDefault(); paper.classList.toggle("large-paper"); look(); return; }
      if (e.target !== value || value.readOnly) { return; }
      var flag = { blank: "blank", illegible: "illegible", correction: "correction" }[meaning(e)], button = flag && document.querySelector('#page-entry [value="' + flag + '"]');
      if (button) { e.preventDefault(); if (!e.repeat) { button.click(); } }
      else if (/^[0-9]$/.test(meaning(e))) { e.preventDefault(); if (!e.repeat) { value.setRangeText(meaning(e), value.selectionStart, value.selectionEnd, "end"); } }
    });
    rows.forEach(function (r, n) { r.querySelector("a").addEventListener("click", function (e) { e.preventDefault(); choose(n); }); });
    document.querySelectorAll(".ov").forEach(function (b) { b.addEventListener("click", function () { choose(rows.findIndex(function (r) { return r.dataset.n === b.dataset.n; })); }); });
    look();
    if (value) { value.focus(); value.select(); }
  }

  function queuesPage() {
    var kinds = Array.prototype.slice.call(document.querySelectorAll("#begin button, .choose button"));
    document.addEventListener("keydown", function (e) {
      if (chord(e)) { return; }
      var at = kinds.indexOf(document.activeElement), step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
      if (e.key === "Escape") { location.href = "/review"; }
      if (step) { e.preventDefault(); kinds[Math.max(0, Math.min(kinds.length - 1, at + step))].focus(); }
    });
    document.querySelectorAll(".choose form").forEach(function (f) { f.querySelector("button").addEventListener("focus", function () {
      document.querySelectorAll(".choose .chosen").forEach(function (r) { r.classList.remove("chosen"); });
      f.closest("tr").classList.add("chosen");
    }); });
    kinds[0].focus();
    sendKept(id("begin"));
  }

  function keptNotice() { // answers that could not be sent wait in this browser
    var n = kept(), box = id("kept-words"), p;
    if (!n.length || !box) { return; }
    p = document.createElement("p");
    p.className = "said asks";
    p.setAttribute("role", "status");
    p.textContent = n.length + " " + box.content.textContent.trim() + " (" + n[0].who + ")";
    document.querySelector(".signin").insertBefore(p, document.querySelector(".signin").firstChild);
  }

  ({ signin: signinPage, print: printPage, job: jobPage, conflicts: conflictPage, review: reviewPage, ticks: wallPage, sheet: sheetPage, queues: queuesPage, ledger: ledgerPage, image: imagePage,
    identity: identityPage, bind: bindPage, merge: mergePage,
    report: reportPage, images: listPage, batches: listPage, audit: auditPage }[page] || function () {})();
}());
