/* Speed alone: every page works without this file.  Chords with Ctrl, Alt or Meta are left to the browser. */
(function () {
  "use strict";
  var page = document.body.dataset.page;
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
      if (e.key !== "F2" || chord(e) || e.repeat) { return; }
      e.preventDefault();
      id("glass").open = true;
      id("name").focus();
    });
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
  function mergePage() {
    onKeys(function (e) {
      if (e.key === "F4" && id("read")) { id("read").checked = !id("read").checked; id("read").form.querySelector("button").focus(); return true; }
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
  function reviewPage() {
    var form = id("entry"), input = id("value");
    if (!form) { return; }
    var queue = [], now = null, done = [], busy = false, waiting = [], paused = false, gate = false;
    var pictures = {}, words = {};
    id("words").content.querySelectorAll("[data-w]").forEach(function (w) { words[w.dataset.w] = w.textContent; });

    function say(text, asks) {
      id("said").textContent = text;
      id("said").classList.toggle("asks", !!asks);
    }
    function picture(field) { // decoded before it is wanted
      if (!pictures[field.task]) {
        pictures[field.task] = new Image();
        pictures[field.task].src = field.crop;
        pictures[field.task].alt = "";
      }
      return pictures[field.task];
    }
    function row(field, said) {
      var li = document.createElement("li"), b = document.createElement("b");
      li.appendChild(picture(field).cloneNode());
      if (said !== undefined) { b.textContent = said; li.appendChild(b); li.className = "done"; }
      return li;
    }
    function put(name, text) { id(name).textContent = text || "–"; }
    function alike(a, b) { return a && b && a.label === b.label && a.kind === b.kind && a.unit === b.unit; }

    function show(field, before) {
      now = field;
      if (!field) { location.reload(); return; }
      id("crop").src = field.crop;
      id("task").value = field.task;
      id("asked").value = "";
      input.value = field.is_tick ? "x" : "";
      id("kind").textContent = field.label;
      id("unit").textContent = field.unit || "";
      gate = !!before && !alike(before, field);
      input.readOnly = gate;
      say(gate ? words.kind : words.key, gate);
      requestAnimationFrame(function () { // the crop first, the rest after the frame
        put("soft", field.soft); put("hard", field.hard); put("drug", field.drug); put("letters", field.letters); put("sheet", field.sheet); put("field", field.field);
        id("whole").href = "/crop/" + encodeURIComponent(field.sheet) + "/@sheet.png";
        id("seen").replaceChildren.apply(id("seen"), done.slice(-2).map(function (d) { return row(d.field, d.said); }));
        id("next").replaceChildren.apply(id("next"), queue.slice(0, 3).map(function (f) { return row(f); }));
      });
      input.focus();
    }
    function more() {
      return fetch("/review/next", { headers: { Accept: "application/json" } }).then(function (a) { return a.json(); }).then(function (o) {
        var first = o.fields || [];
        queue = first.filter(function (f) { return !now || f.task !== now.task; });
        queue.forEach(picture);
        if (!now) { now = first[0]; queue = first.slice(1); }
      });
    }
    function freed() {
      busy = false;
      while (!busy && waiting.length) { key(waiting.shift()); }
    }
    function answer(flag) {
      var body = new URLSearchParams(new FormData(form)), value = input.value;
      if (!now || busy || (!flag && value === "")) { return; } // Enter never means blank
      body.set("flag", flag);
      busy = true;
      fetch("/review/entry", { method: "POST", body: body, headers: { Accept: "application/json" } }).then(function (a) {
        if (a.status === 401) { location.href = "/"; }
        return a.json();
      }).then(function (o) {
        if (o.outcome === "refused" || o.outcome === "error") {
          id("asked").value = value;
          input.value = "";
          say(o.why + " " + words.again, true);
          freed();
          return;
        }
        done.push({ field: now, said: { blank: "−", illegible: "*", correction: "/" }[flag] || value });
        id("left").textContent = o.left;
        var before = now, wait = queue.length ? Promise.resolve() : (now = null, more());
        wait.then(function () {
          show(queue.length && now === before ? queue.shift() : now === before ? null : now, before);
          if (queue.length === 5) { more(); }
          freed();
        });
      }).catch(function () { say(words.lost, true); freed(); });
    }
    function back() {
      var forms = document.querySelectorAll(".reopen"), last = done[done.length - 1], body = new URLSearchParams(new FormData(form));
      if (!last) { if (forms.length) { forms[forms.length - 1].submit(); } return; }
      body.set("sheet", last.field.sheet);
      body.set("field", last.field.field);
      fetch("/review/reopen", { method: "POST", body: body, headers: { Accept: "application/json" } }).then(function (a) {
        if (a.ok) { location.reload(); return; }
        a.json().then(function (o) { say(o.why, true); });
      });
    }
    function whole(on) {
      var old = document.querySelector(".held"), box, img;
      if (!on) { if (old) { old.remove(); } return; }
      if (old || !now) { return; }
      box = document.createElement("div");
      img = document.createElement("img");
      box.className = "held";
      img.src = id("whole").href;
      img.alt = "";
      box.appendChild(img);
      document.body.appendChild(box);
    }
    // What a key means, whatever the keyboard: digits by their place, before their character.
    function meaning(e) {
      var digit = /^(?:Digit|Numpad)([0-9])$/.exec(e.code);
      var sign = e.shiftKey && /^[+*\/]$/.test(e.key); // QWERTY has the star above the 8; AZERTY has digits there
      if (digit && !sign) { return digit[1]; }
      if (e.code === "NumpadDecimal" || e.key === "," || e.key === ".") { return ","; }
      return { Enter: "enter", "+": "sure", "-": "blank", "*": "illegible", "/": "correction", ArrowUp: "back", Backspace: "erase" }[e.key] || "";
    }
    function key(what) {
      if (busy) { waiting.push(what); return; }
      if (gate) { if (what === "enter") { gate = false; input.readOnly = false; say(words.key); } return; }
      if (what === "enter") { answer(""); }
      else if (what === "back") { back(); }
      else if (what === "erase") { input.value = input.value.slice(0, -1); }
      else if (what.length > 1) { answer(what); }
      else if (now && now.is_tick) { return; }
      else if (input.value.length < 32) { input.value += what; full(); }
    }
    // A comb that is full goes on by itself, inside the usual range alone; the comma falls into its place.
    function full() {
      var digits = input.value.replace(/[^0-9]/g, ""), places = now.decimals || 0, range = now.range_soft || [], value;
      if (!now.cells || digits.length !== now.cells) { return; }
      if (places && digits === input.value) { input.value = digits.slice(0, -places) + "," + digits.slice(-places); }
      value = parseFloat(input.value.replace(",", "."));
      if (range.length && (range[0] === null || value >= range[0]) && (range[1] === null || value <= range[1])) { answer(""); }
    }
    document.addEventListener("keyup", function (e) { if (e.code === "Space") { whole(false); } });
    window.addEventListener("blur", function () { whole(false); });
    document.addEventListener("keydown", function (e) {
      if (paused) { e.preventDefault(); paused = false; document.querySelector(".review").hidden = false; say(words.key); input.focus(); return; }
      if (e.key === "F9" && !chord(e)) { e.preventDefault(); paused = true; document.querySelector(".review").hidden = true; return; }
      if (e.target !== input || chord(e)) { return; }
      if (e.code === "Space") { e.preventDefault(); whole(true); return; }
      var what = meaning(e);
      if (!what) { return; } // letters of a field that has them
      e.preventDefault();
      if (!e.repeat || what === "erase") { key(what); }
    });
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      answer(e.submitter ? e.submitter.value : "");
    });
    more().then(function () { if (!now || id("task").value !== now.task) { location.reload(); } });
    input.focus();
  }

  ({ signin: signinPage, print: printPage, job: jobPage, conflicts: conflictPage, review: reviewPage, ledger: ledgerPage, image: imagePage, identity: identityPage, merge: mergePage,
    report: reportPage, images: listPage, batches: listPage, audit: auditPage }[page] || function () {})();
}());
