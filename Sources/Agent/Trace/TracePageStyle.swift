/// How a ``TracePage`` looks, and what it may do.
enum TracePageStyle {
    /// The page's one style sheet is let through by its hash; nothing else is loaded, run or sent.
    static let policy =
        "default-src 'none'; style-src '\(hash)'; base-uri 'none'; form-action 'none'"

    /// Of ``sheet``; a test says the right one when it has changed.
    static let hash = "sha256-fnUeBS29fTMC1zyg8GkY3BkrHLGzGulTvsCAVZohy2g="

    static let sheet = """
        :root{--bg:#faf9f6;--card:#fff;--ink:#1d2430;--soft:#69717d;--line:#dcd9d2;--ask:#0f6e7a;--ok:#1a7f4b;--bad:#b3372b;\
        --caller:#b7791f;--agent:#3b63c9;--callerbg:#fdf3e0;--agentbg:#eaf0fd;--badbg:#fdf0ee}
        @media(prefers-color-scheme:dark){:root{--bg:#13161b;--card:#1a1e25;--ink:#e7e9ec;--soft:#98a1ac;--line:#323944;\
        --ask:#5cc7d3;--ok:#66cf97;--bad:#f08c80;--caller:#e8b45c;--agent:#8eaef8;--callerbg:#2c2619;--agentbg:#1b2540;\
        --badbg:#2d1d1c}}
        *{box-sizing:border-box}
        html{background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;\
        scroll-behavior:smooth;-webkit-text-size-adjust:100%}
        body{margin:0}main{max-width:1120px;margin:0 auto;padding:36px 16px 48px}
        h1{font-size:26px;font-weight:650;letter-spacing:-.01em;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
        .summary{font-size:17px;color:var(--soft);margin:0 0 20px}
        dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:10px 28px;margin:0 0 24px}
        dt{font-size:12px;color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
        .finding{background:var(--badbg);border-left:3px solid var(--bad);border-radius:4px 10px 10px 4px;\
        padding:14px 18px;margin:0 0 14px}
        .finding h2{font-size:17px;font-weight:620;margin:0 0 6px;line-height:1.35}.finding p{margin:2px 0;overflow-wrap:anywhere}
        .finding b{display:inline-block;min-width:42px;font-weight:500;color:var(--soft)}
        .score{margin:22px 0 0;overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px}
        .score:focus-visible{outline:2px solid var(--agent)}
        .score svg{display:block}svg a:focus-visible{outline:2px solid var(--agent)}
        svg text{font:10px system-ui,sans-serif;fill:var(--soft)}.time{text-anchor:middle}
        .name{font-size:11px}
        .tick{stroke:var(--line);stroke-dasharray:1 5;fill:none}.lane{stroke:var(--line);stroke-width:1.5}
        g.sip path{stroke:currentColor;stroke-width:1.4;fill:none}g.sip text{fill:currentColor;text-anchor:middle;font-size:9px}
        .ask{color:var(--ask)}.ok{color:var(--ok)}.bad{color:var(--bad)}.again{color:var(--soft)}
        rect.caller,circle.caller{fill:var(--caller)}rect.agent{fill:var(--agent)}rect.cut{opacity:.55}
        circle{stroke:var(--card);stroke-width:1.5;fill:var(--soft)}circle.ok{fill:var(--ok)}circle.bad{fill:var(--bad)}\
        circle.end{fill:var(--ink)}
        .wave{stroke-width:1;fill:none;opacity:.85}.wave.caller{stroke:var(--caller)}.wave.agent{stroke:var(--agent)}
        .l-endofspeech{fill:#9aa4b2;background:#9aa4b2}.l-transcript{fill:#4fb3d9;background:#4fb3d9}
        .l-thinking{fill:#a48be0;background:#a48be0}.l-voice{fill:#e58ab4;background:#e58ab4}
        .l-pause{fill:#e2b93b;background:#e2b93b}.l-playout{fill:#5fb98a;background:#5fb98a}
        .legend{font-size:12px;color:var(--soft);margin:8px 2px 28px}
        .legend span{white-space:nowrap;display:inline-block;margin-right:12px}
        code{font:.92em ui-monospace,Menlo,Consolas,monospace}
        .legend i{display:inline-block;width:9px;height:9px;border-radius:3px;margin:0 5px 0 0}
        i.caller{background:var(--caller)}i.agent{background:var(--agent)}
        .steps{--t:76px;--p:calc((100% - var(--t))/2);position:relative}
        .poles{display:flex;justify-content:space-between;padding-left:var(--t);position:sticky;top:0;background:var(--bg);\
        z-index:1;padding-top:8px;padding-bottom:8px;border-bottom:1px solid var(--line)}
        .poles b{font-weight:600;font-size:13px;width:33%;overflow-wrap:anywhere}.poles b:nth-child(2){text-align:center}
        .poles b:last-child{text-align:right}small{font-weight:400;color:var(--soft);font-size:12px;line-height:1.4}
        ol{list-style:none;margin:0;padding:10px 0 22px;background:linear-gradient(var(--line),var(--line)) var(--t) 0/1px 100% \
        no-repeat,linear-gradient(var(--line),var(--line)) calc(100% - 1px) 0/1px 100% no-repeat,\
        linear-gradient(var(--line),var(--line)) calc(var(--t) + var(--p)) 0/1px 100% no-repeat}
        li{display:grid;grid-template-columns:var(--t) 1fr 1fr;padding:3px 0;scroll-margin-top:76px}
        li:target>div{background:color-mix(in srgb,var(--agent) 10%,transparent);border-radius:6px}
        time{font-size:12px;color:var(--soft);font-variant-numeric:tabular-nums;padding-top:3px}
        li>div{min-width:0;grid-column:3;padding:0 14px}
        .sip>div{grid-column:2;padding:0}
        summary{list-style:none;cursor:pointer;display:flex;align-items:center;color:inherit;border-radius:6px}
        summary::-webkit-details-marker{display:none}summary:hover{background:color-mix(in srgb,currentColor 8%,transparent)}
        summary:focus-visible{outline:2px solid currentColor}
        summary span{padding:1px 8px;font-size:14px;font-weight:550;overflow-wrap:anywhere}
        summary::before,summary::after{content:"";height:9px;flex:1 1 16px;background:linear-gradient(currentColor,currentColor) \
        0 50%/100% 1.5px no-repeat}
        .in summary::before{flex:0 0 18px}.out summary::after{flex:0 0 18px}
        .in summary::after{background:linear-gradient(currentColor,currentColor) 0 50%/calc(100% - 6px) 1.5px no-repeat,\
        conic-gradient(from 245deg at 100% 50%,currentColor 50deg,transparent 0) 100% 50%/9px 9px no-repeat}
        .out summary::before{background:linear-gradient(currentColor,currentColor) 100% 50%/calc(100% - 6px) 1.5px no-repeat,\
        conic-gradient(from 65deg at 0 50%,currentColor 50deg,transparent 0) 0 50%/9px 9px no-repeat}
        .sip small{display:block;padding:0 26px;overflow-wrap:anywhere}
        details p{margin:6px 10px 0;font-size:12px;color:var(--soft);overflow-wrap:anywhere}
        pre{margin:4px 10px 10px;padding:12px 14px;background:var(--card);border:1px solid var(--line);border-radius:8px;\
        font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;color:var(--ink);white-space:pre-wrap;overflow-wrap:anywhere}
        .words>div{display:flex}.words.caller>div{grid-column:2}.words.agent>div{justify-content:flex-end}
        .words p{margin:2px 0;padding:7px 13px;border-radius:14px;max-width:94%;overflow-wrap:anywhere}
        .words.caller p{background:var(--callerbg);border-bottom-left-radius:4px}
        .words.agent p{background:var(--agentbg);border-bottom-right-radius:4px}
        .words.key p,em{color:var(--soft)}
        .event>div{font-size:14px;color:var(--soft);overflow-wrap:anywhere;position:relative}
        .event>div::before{content:"";position:absolute;left:-4px;top:7px;width:8px;height:8px;border-radius:50%;\
        background:var(--soft);box-shadow:0 0 0 3px var(--bg)}
        .event.ok>div::before{background:var(--ok)}.event.end>div::before{background:var(--ink)}
        .event.ok>div,.event.end>div{color:var(--ink)}.event.bad>div{color:var(--bad)}.event.bad>div::before{background:var(--bad)}
        .ledger svg{display:block;width:100%;height:6px;border-radius:3px;margin-top:6px}
        .gap{display:block;padding:10px 0 10px calc(var(--t) + 14px);font-size:12px;color:var(--soft)}
        .note,footer{color:var(--soft);font-size:13px}footer{border-top:1px solid var(--line);padding-top:14px}
        @media(max-width:640px){main{padding:22px 12px 36px}h1{font-size:22px}.summary{font-size:15px}
        .steps{--t:58px}time{font-size:11px}li{grid-template-columns:var(--t) 1fr}
        li>div,.sip>div,.words.caller>div{grid-column:2}
        ol{background:linear-gradient(var(--line),var(--line)) var(--t) 0/1px 100% no-repeat,\
        linear-gradient(var(--line),var(--line)) calc(100% - 1px) 0/1px 100% no-repeat}
        .poles b{width:50%;font-size:12px}.poles b:nth-child(2){display:none}.poles b:last-child::before{content:"trunkline · "}
        .words p{max-width:88%}dl{grid-template-columns:1fr;gap:4px}dl div{display:grid;grid-template-columns:64px 1fr;align-items:baseline}\
        dd{font-size:14px}}
        @media print{.poles{position:static}.score{overflow:visible}}
        """
}
