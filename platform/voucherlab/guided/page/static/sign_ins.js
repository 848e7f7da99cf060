"use strict";
// Who can sign in at the console of this demonstration, with buttons that copy: nobody types a password from a screen.
const SIGN_INS = (() => {
  const WORDS = {
    title: { zh: "管理后台的账号（仅本次演示有效，重置后更换）", en: "Sign-ins of the console, for this demonstration only; another after a reset" },
    copy_login: { zh: "复制账号", en: "Copy login" }, copy_password: { zh: "复制密码", en: "Copy password" },
    copied: { zh: "已复制", en: "Copied" }, not_copied: { zh: "请手工选中复制", en: "Select it and copy" },
  };
  const ROLES = {
    bureau1: { zh: "主管部门·经办", en: "bureau, first officer" }, bureau2: { zh: "主管部门·复核", en: "bureau, second officer" },
    auditor: { zh: "审计", en: "auditor" }, operator: { zh: "平台运营", en: "operator" },
  };
  const SAID_MS = 1500;

  const copier = (text, words, say) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say(words);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = say(WORDS.copied);
      } catch { button.textContent = say(WORDS.not_copied); }
      setTimeout(() => { button.textContent = say(words); }, SAID_MS);
    });
    return button;
  };

  const line = (one, say) => {
    const item = document.createElement("li"), role = document.createElement("span");
    const login = document.createElement("code"), password = document.createElement("code");
    role.textContent = say(ROLES[one.login] || ROLES[one.role] || one.role);
    login.textContent = one.login;
    password.textContent = one.password;
    item.append(role, login, copier(one.login, WORDS.copy_login, say), password, copier(one.password, WORDS.copy_password, say));
    return item;
  };

  const show = (place, told, say) => {
    if (!told.people.length) return place.replaceChildren();
    const box = document.createElement("details"), summary = document.createElement("summary"), list = document.createElement("ul");
    box.open = told.open;
    summary.textContent = say(WORDS.title);
    list.append(...told.people.map((one) => line(one, say)));
    box.append(summary, list);
    place.replaceChildren(box);
  };
  return { show };
})();
