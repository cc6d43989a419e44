"""Which mailbox provider receives mail for an address, as far as we know without the DNS."""

from __future__ import annotations

# Domains served by the same provider, which counts our mail together. Asking the DNS would put a network call before
# each mail; a domain that is not listed is a group of its own.
_DOMAINS = {
    "google": "gmail.com googlemail.com",
    "microsoft": """
        outlook.com hotmail.com live.com msn.com passport.com windowslive.com
        outlook.at outlook.be outlook.cl outlook.co.id outlook.co.th outlook.com.ar outlook.com.au outlook.com.br
        outlook.com.gr outlook.com.tr outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu
        outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa
        outlook.sg outlook.sk hotmail.be hotmail.ca hotmail.ch hotmail.co.jp hotmail.co.nz hotmail.co.uk hotmail.com.ar
        hotmail.com.au hotmail.com.br hotmail.com.mx hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr
        hotmail.it hotmail.nl hotmail.no hotmail.se live.at live.be live.ca live.cl live.cn live.co.uk live.co.za
        live.com.ar live.com.au live.com.mx live.com.pt live.com.sg live.de live.dk live.fi live.fr live.ie live.in
        live.it live.jp live.nl live.no live.ru live.se
    """,
    "yahoo": """
        yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com aol.co.uk aol.de aol.fr verizon.net netscape.net
        love.com games.com wow.com ygm.com cs.com att.net sbcglobal.net bellsouth.net ameritech.net pacbell.net
        swbell.net snet.net flash.net nvbell.net prodigy.net wans.net sky.com
        yahoo.at yahoo.be yahoo.ca yahoo.cl yahoo.co.id yahoo.co.il yahoo.co.in yahoo.co.kr yahoo.co.nz yahoo.co.th
        yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.co yahoo.com.hk yahoo.com.mx
        yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ve yahoo.com.vn
        yahoo.cz yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.nl
        yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.se
    """,
    "yahoo-japan": "yahoo.co.jp ybb.ne.jp",
    "apple": "icloud.com me.com mac.com",
    "proton": "proton.me protonmail.com protonmail.ch pm.me",
    "fastmail": "fastmail.com fastmail.fm fastmail.co.uk fastmail.de sent.com messagingengine.com",
    "zoho": "zoho.com zohomail.com zohomail.eu zoho.eu",
    "comcast": "comcast.net xfinity.com",
    "charter": "charter.net spectrum.net roadrunner.com rr.com twc.com brighthouse.com",
    "united": "gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.co.uk gmx.fr gmx.es gmx.us web.de mail.com email.com",
    "telekom": "t-online.de magenta.de",
    "freenet": "freenet.de",
    "orange": "orange.fr wanadoo.fr",
    "free": "free.fr",
    "laposte": "laposte.net",
    "sfr": "sfr.fr neuf.fr numericable.fr",
    "bt": "btinternet.com btopenworld.com talk21.com",
    "virgin": "virginmedia.com ntlworld.com blueyonder.co.uk virgin.net",
    "libero": "libero.it virgilio.it inwind.it iol.it blu.it giallo.it",
    "telstra": "bigpond.com bigpond.net.au telstra.com",
    "ziggo": "ziggo.nl upcmail.nl home.nl casema.nl chello.nl",
    "mail-ru": "mail.ru bk.ru inbox.ru list.ru internet.ru",
    "yandex": "yandex.ru yandex.com ya.ru yandex.by yandex.kz yandex.ua",
    "netease": "163.com 126.com yeah.net",
    "qq": "qq.com foxmail.com vip.qq.com",
    "naver": "naver.com",
}
_GROUPS = {domain: group for group, domains in _DOMAINS.items() for domain in domains.split()}
GROUPS = frozenset(_DOMAINS)


def group_of(address: str) -> str:
    """The provider behind an address, such as `google`, or else its domain in lower case."""
    domain = address.rpartition("@")[2].lower()
    return _GROUPS.get(domain, domain)
