/** What is refused, and what goes on. */

export function AttentionSection() {
  return (
    <section id="attention" class="card" aria-labelledby="attention-title" tabindex={-1}>
      <div class="heading">
        <h2 id="attention-title">Needs attention</h2>
        <p id="attention-count" class="quiet" />
      </div>
      <p id="attention-none" class="quiet">
        Nothing has been refused, and no alarm was raised, in what is shown below.
      </p>
      <ul id="attention-list" class="attention" />
    </section>
  );
}

export function PlotsSection() {
  return (
    <section aria-labelledby="plots-title" class="plots">
      <h2 id="plots-title" class="unseen">The last five minutes</h2>
      <dl id="figures" class="figures" />
      <Plot id="plot-requests" title="Requests per second">
        <Key kind="allowed" text="answered" />
        <Key kind="refused" text="refused" />
        <Key kind="failed" text="failed" />
      </Plot>
      <Plot id="plot-latency" title="Time to the first byte">
        <Key kind="median" text="median" />
        <Key kind="slow" text="95 of 100 are faster" />
      </Plot>
      <Plot id="plot-errors" title="Refused and failed, percent of requests">
        <Key kind="refused" text="refused" />
        <Key kind="failed" text="failed" />
      </Plot>
    </section>
  );
}

function Plot({ id, title, children }: { id: string; title: string; children: unknown }) {
  return (
    <figure class="card plot">
      <figcaption>
        <span class="plot-title">{title}</span>
        <span class="keys">{children}</span>
      </figcaption>
      <svg id={id} viewBox="0 0 600 160" role="img" aria-label={title} />
    </figure>
  );
}

function Key({ kind, text }: { kind: string; text: string }) {
  return <span class={`key ${kind}`}>{text}</span>;
}

export function RequestsSection() {
  return (
    <section id="requests" class="card" aria-labelledby="requests-title" tabindex={-1}>
      <div class="heading">
        <h2 id="requests-title">Requests</h2>
        <form id="filter-form" class="filter" role="search">
          <label for="filter">Filter</label>
          <input
            id="filter"
            type="search"
            placeholder="host, agent, rule, deny …"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="filter-help"
            aria-keyshortcuts="/"
          />
          <button type="button" id="pause" aria-pressed="false">Pause</button>
        </form>
      </div>
      <p id="filter-help" class="quiet">
        All words must occur; <code>-word</code> must not. The key <kbd>/</kbd> leads here.
      </p>
      <p id="requests-count" class="quiet" role="status" />
      <p id="requests-omitted" class="quiet" />
      <table class="records stacked">
        <caption class="unseen">Requests, the youngest first</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Decision</th>
            <th scope="col">Request</th>
            <th scope="col">Agent</th>
            <th scope="col">Rule</th>
            <th scope="col" class="number">Status</th>
            <th scope="col" class="number">First byte</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody id="records" />
      </table>
      <button type="button" id="more" class="more" hidden>Show more</button>
    </section>
  );
}
