// Domains of throw-away addresses: 9179 of the list disposable-email-domains (CC0 1.0), as of November 2026, without
// subdomains of dynamic DNS services. A top-level domain stands above its names; each name stands between blanks.
// https://github.com/disposable-email-domains/disposable-email-domains
const DOMAINS = `
.accountants
 syujob 
.af
 is us 
.ag
 krd 
.agency
 rollindo 
.ai
 hcap pinpool 
.app
 al1ya andalanglobal arapgege belicapcut bussinesa catfie developtool docash downloadvideoig flews funnyfail gerv 
 hayys jjk padue plexflux prp-ppdt skyemails stopspam suryain topupgg vectorbrasil xyxy ytoof 
.army
 dns v6 
.art
 goodjzy insanony rednotecreatoracademy ysuhd 
.asia
 aiclit axax cruncoau emailluu forregmail gamapa guima2 i2b innovationvirtuelle jiuji kampret klingai ktisocial 
 linzefor milllogiciel networksolutionshk nullbox ooxxoo rentop seaworld shengxia sibafo softpls tfbnw 
 thietbivanphong uofzcpg9ftykob x-clone xclone zai ziyoupi 
.at
 gmail.or labetteraverouge pii qibl rcpt tempmail trash-mail trashmail wegwerf-email 
.au
 tempmail thembones.com 
.autos
 akhl arrb azly baqx dbea elji enfq gbui gdmo igty mipg mkql suft wfpe ygpa 
.az
 kitap 
.band
 kempstoncharities 
.be
 10minutemail bartdevos fuwa fuwari ginzi heisei honeys hotsoup kagi kkmail kksm kpay kpost magim mc-fly mofu nagi 
 nezumi niseko ponp prin prout rapt risu ruru uma3 usbc wanko xmailer 
.beauty
 blushthicket cloverradiance dewlilac peachlumin petalglimmer rosequartzglow satinfern velvetpetalia 
.beer
 bsfh cykr cyln egni fafa flowconnect fxxf grtd icwr jhkf kppk kqbz kswm kxbj lecn lfsz mypk ncfx pbis qpdm ravc rbmz 
 tfcn tjhn vggh vpii wdrd wrxx xfft xtzg 
.best
 temp-mail tempmail yongdan-hstn zutomayo 
.bg
 forexnews 
.bid
 dasf gdasg iralborz tutuapp 
.bio
 bletsoetownclosecharity ich-essen-fleisch mosswoodmissionhall 
.biz
 1-8 ado888 best-hosting brand-app davidtrix fasternet film-blog finews geschent gothere guerillamail guerrillamail 
 hopemail igg kommunity ldaho lolmail mailbiz mailbox80 mailbox82 mailbox92 mailcat mailna mailpick mailrock 
 nakedtruth niang-sfx nonchalantresmita ns01 ontyne secure-mail six25 tempemail thecity toomail watchever 
 willhackforfood yhg yourlms z1p 
.blog
 cmail raveqxon sdsfre 
.bond
 abaib abajb abalb abamb abanb abapb abasb abaub abaxb abayb abazb acaic adaid adawd aeace aeale aeame aeape aeare 
 aeaue aeaxe afalf afarf agabg aibase bondmeadow brightcoupon burnermail cedarledger corridor couponbeacon digimaster 
 gandobaba gmailxyz honestinterest indoxs interestgrove jessyx lanuiopl liangganxiaopu meng2026 molabo nabilalo 
 namdev-mail-01 nfengwu oupul8b1k outlooks owo-mailteam peterhe-ai ravavo riazra semester southai stableharvest 
 veletis wwtykkm xgmail xn-xp8h xshop yieldwillow youtube-com-watch-jtpdc8khnpi znext 
.br
 boxtemp.com emailtemporario.com firemail.com osaxadinhos.com temporarioemail.com wins.com 
.business
 northboveymeadow songsan 
.buzz
 amberheadline blakeagency ccimran cityhumdaily cometchatter eposta freshfable imranccnn imrancm imrancumi imranking 
 imranmax imranspc kasmirfx kintil miaowuai musicflow neonbuzzline orbitwhisper pixelrumble quickdrop ripplebrief 
 ronghsng trendcricket vladhub zigzagpulse 
.by
 mail 
.bz
 ibnuh 
.ca
 browzensew datazo efxs ftpinc gardenscape ihazspam ml8 nothingtoseehere rabin realtyalerts runi 
.cam
 debitur fblgsl i2b zmail 
.cards
 vbv 
.care
 1337 spam 
.casa
 socialpulse 
.cat
 forward gooner 
.cc
 15553.eu 15555.eu 15557.eu 2mail.eu 39393.eu 66-77 88cloud 957jp aasdarq.eu aasdasd.eu aizhongzhuan alin.eu 
 asdcxijkj.eu back67283.eu back7654.eu bishwanathuk bletilla botasky.eu cam4you cdpa chatgtporg.eu chongqilai 
 cihai.eu cihaifhqo.eu cjdeyuiw.eu cnebw.eu co cu cyclelove dadaolibai.eu dahewushi.eu damowang.eu dawushihe.eu 
 dawushihehe.eu desmond.eu dfyuih.eu dgdf dghdfjfd.eu dheiwuy.eu dhoahn.eu dhy digimaster.eu djwekih.eu dnkah.eu 
 dshznonline dyebkj.eu dyfgiavcrw.eu easymails eemail.eu eyee.eu fdfggh-df5 fdger88 fdhsui.eu fhoau.eu fhwui.eu 
 fhwyuoia.eu flayeraaron.eu flayerhu.eu flu fyeiwh.eu gacharevenue getmailfree getnada gmneel.eu gravityengine grn 
 happyhome.eu heocondeisng homehappy.eu huluwaaaron.eu japanesegirls jellycat.eu ji-a jilingling.eu jonsjav 
 kankoplm.eu kbishwanathuk lessismore.eu lista lushiyi.eu m21 mail21 mailchatgpt.eu maildrop mailnada mbx mchasd.eu 
 mdahld.eu mehda.eu mekqh.eu mengma.eu mgtop moakt ndade.eu nfkah.eu nicemail nichaoxing nm7 nut orgmbx p-y palaze 
 pkday.eu pp-tw ppdf privacyshield qd28max.eu quick-mail sada-sd sanfnges sdbbs sdhaiok.eu secure-mail shopcreative 
 sk-ai.eu snapmail tempmail these tiv trustcheck usa vfdhks.eu vipmba vkjashdf.eu vnfjsh.eu waroengku xcsllajs.eu 
 xdnss xi2 xiajspof.eu xiangshan.eu xiaoting xn--5nx xoxox xqqgegsd.eu xsioap.eu xxxhi yangzhong-sfd yanxuan.eu 
 yfhsdb.eu ynagjie-66 yujiehanjiao 
.cd
 bot 
.ceo
 spam 
.cf
 10minutemail 4mail 5mail 6mail 8mail 9mail ayakamail deadfake dev-null discard disposable email-fake emailage 
 emailspam emailz emkei facebook-email fake-mail fakeinbox foreskin free-email freemails get-mail getairmail 
 getnowtoday hot-mail hushmail indomina kadokawa login-email maildrop mailjunk mandraghen nmail nomail oing 
 predatorrat remail riski safaat sonshi spamfighter spamwc sperma stop-my-spam tarzanmail topinrock trash-mail 
 ushijima1129 ver0 vercelli visal168 wmail yordanmail youremail 
.cfd
 12312312312 191117636 aeronyx aetheron androl arcentra asdasdasd atlasstitch auralith avalentra azurien bahlill 
 brevionix brevitron caldrexa chromentis clyvantis craventry cresvyn cybertemp delvionis dildoe drimex drovantis 
 drovenix dymarent dynarix edudingy elixora elumetra equivara evontra fabricmarsh florevia fyronex glaventra gravexia 
 halionex hymenjj inversiq ipusgo ivpnxoo javindra juvanta kalquoris klyverra korvanta kravintis krysentra kyntaris 
 loommosaic luminexis lumyrix lunor luxentra luxovira mossatelier myntora myxentra neatdrape nexentia nomorix 
 norvanta novyrix obelion omnisent omnivex oniventa openagent optivex oravantis oravell orwpaztm patternplume pawobby 
 petalhem plenoryx promyvia pyrosenex quarvex quentavo quixentra quorixia renvotra robothandcook ronger scook 
 seamandstory serenith silvaron solenox solquira stravico sylentha synovaris temp-mail test1byali thalarex tidaksuka 
 tilumo tivendra travionex trinovia trovantis troveniq tshdn ulteriq ultravex velatrix velvetstitchery venariq 
 ventrovia vexalor viole virelio voltravia vortalis vystella waventra weyword wildlinenlab xandoria xenloria xenta 
 xirentha xylanta yl66 yondrix yurevia zellatrix zenthara zenthira zephyros zolmiu zypherin zyranova zyvenix 
.ch
 alina-schiesser blip ctos fukurou hackthatbit instaddr lain nanonym owleyes quicksend techblast veryday webtrip 
.chat
 ezai 
.christmas
 chsi 
.church
 rhalmshouse thurleighchurchestate 
.cl
 147 porsilapongo sin sinfiltro 
.click
 6974 acgn aiaccount aisubpro aisubstore aisupply angiiidayyy blinklaunch capcutpro chauhuy chautuyen classio 
 clickcore99 clickpetal cursorcove ddat0511 eggso epsteinisland f2b f2d f2e fastnodo flickerbutton ghvv gmaill 
 graphicedge graphiclean hjdkker-kdet hookmono hotsmial huychau huytuyen itsedit mailx messibucu mototoke novasub 
 oneclicksprout primalhigh promptpebble quickgesture sendokai shaguaaini snapcanvas tamthomca tapparade tilvex 
 tinyshortcuts trangiabao tuyenchau tuyenhuy v2v vextora voerpemww voltr yellofdf2 yshdnhh 
.cloud
 alightmotion amiyah ayag binancepools cryptoavalonsolhub dshfjdafd flatimostore gmaillive hcypku hitbtcpool inlook 
 jsnc linlin maohe miros panlix polysolextcoin slushpools sysout tocuda zzaidah 
.club
 amail banit bestoption25 boshi-gdh cars2 cmail coinlink cutout cyber-innovation duck2 eatmea2z firemailbox fuckme69 
 givememail goomail icemail locanto1 locantowsite mail22 makemenaughty poopiebutt reality-concept satisfyme shopy 
 theroyalweb travelovelinka wazabi wmail zxrey 
.cn
 0cd 3jf 80fight 98104 ax05 b20nn6 biubiuwholeworld ccxiao choner codinggo dztyhd fdpbnzx haida-edu heycmm 
 ibmdoors.com ilcvn jzlvoei ldkll lemonkk lovecv lyxhzz.com mlumzmh mmyuu primtech qytechs resumeforest roroki rxs9 
 sad23321adja skygazer42 sohus svip520 tempmail umiudi wmksuhd yc08 yszmy zauxpbp zhaoyuanedu zxqzin 
.co
 anversa.com betr bione cashflow35 clickdeal emailna hotprice investore jualakunfb jualfb landmail lastmail leetmail 
 mail-hosting mail2me mailku mailmagnet mailna moakt mr24 ovomail premigu realmail smartemailbox teamtitan tempemail 
 tempmail testore tokem tokobibit xagloo zain.com 
.codes
 gardu ryuu waguriagent 
.com
 0-mail 00jac 027168 062e 0clickemail 0nelce 1-tm 10-minute-mail 100likers 10mail 10minemail 10minutemail 
 10minutemailbox 10minutesmail 10timer 10x9 11163 123-m 123clone 12houremail 12minutemail 12storage 140unichars 15qm 
 18lover 191mariobet 1blackmoon 1chuan 1clck2 1secmail 1st-forms 1sworld 1t-mail 1usemail 1zhuan 20030310 
 2048unblocked 20minutemail 20minutesmail 21cn 2200freefonts 247chats 24faw 24hinbox 24hourmail 25u 2anom 2odem 
 2prong 30minutemail 30wave 3202 365boxmail 36ru 37xiao 3d-painting 3dkai 3fdn 3l6 3littlemiracles 4057 48dz 
 4nextmail 4pu 4warding 52mails 5gramos 5semail 5x25 5ymail 60minutemail 668fmail 675hosting 67899vip 681mail 6paq 
 6url 75hosting 7days-printing 7novels 7tags 80665 8127ep 816qs 8d7kh 94an 99 99cows 99experts a7996 aa5zy64 aabkmail 
 aahzz aakkmail abakiss abatido abevw aboodbab abowned abusultann abusultanvip abyis abyssmail academiccommunity 
 acanok acc1s accclone acedby acg-news acgnnews acrossgracealley acucre addictingtrailers addmails adfskj adn3t 
 adobeccepdm adroh adsensekorea advantageyoungpeople advantimo advitise adwaterandstir aecmedya aegde aeonpsi afarek 
 afrobacon aftercorporation afuyo agaexpress agedmail agiuse agmbowie ahavaexperience ahmedkhlef ahvin ai100999 
 aifreeuk aigcdog aikunkun ailicke aineapi aiqseo air2token aircourriel airhemp airychen aiworldx aixnv akapost akbip 
 akerd akgq701 akirapowered akugu akunlama alarafoundation albarshamaintenance albill alfaceti alfurjanmaintenance 
 alienware13 aligamel alilot alisaol alisongamel alisree alivance alkhawaneejmaintenance alldirectbuy 
 allemojikeyboard allreview4u allwebemails almatips alosp alreval altmails aluimport alvaxio amail amail1 ameady 
 amelabs americancivichub amilegit aminating aminavin amiriindustries ampsylike anappfor anappthat anarac anhvip9999 
 animesos aniross annnekkk anogz anonymbox anonymousness anquandx ansibleemail anthony-junkmail antireg anyalias 
 anypng anywebmail aoeuhtns aokkad aokkas apexnovaser aphlog apkmd apocaw appbott appixie appzily aprte aqilakomputer 
 arabianranchesmaintenance arcadein arenahiveai armyspy arrabyte arroisijewellery art2mart artleoncommunications 
 artman-conception arxxwalls asaption ashleyandrew asimarif ask-mail asleepity asorent asurad atlasimple atnextmail 
 attnetwork aubady augmentationtechnology auth2fa autofixmax autorobotica autotwollow autowb autoxugiare 
 available-home averdov avtolev awesome47 awgarstone awsoo axon7zte azcomputerworks azzancoffee b1of96u backilnge 
 backyr bacteroidmail badoop baechecker baidoxe bakultelo balaket balawo banancaocap bandtoo banhang14 bankinnepal 
 bankwen baolaowang barooko barryogorman baselogicroute basepathgrid basketrise bauwerke-online baybabes bazaaboom 
 bbitf bbitj bbitq bbmailku bbroot bcaoo bcooq bdgstr bdshar beaconmessenger bearsarefuzzy beddly beefmilk beelsil 
 beganment begemail belgianairways belljonestax beluckygame benphim benshelf bepureme berkahfb berkahjayashope berwie 
 best-john-boats best-temp-mail bestchoiceusedcar bestlistbase bestparadize bestsoundeffects besttempmail betacinder 
 betatensor betshubs betteryoutime bflcafe bgtmail bheps bidourlnks bigstring bin-ich binafex binech binich binkmail 
 binnary biojuris bipochub bitmah bitmens bitproy bittnex biyug bizisstance blenched blendlog blenro blobapps 
 block521 blondemorkin blondmail bltiwd bluegrassluck bluewaters1 bluewaters2 bluewerks bmoar bncinema bnote 
 bobmurchison boerakemail bofthew bogchi boofx bookthemmore bootssl boranora borged bosakun botgetlink boukshilf 
 bouncr bowlfuel boximail boxmach boxmail1 boyaga bpotogo breaite breakthru brefmail briggsmarcus broadbandninja 
 brokenion brothershaircut browzensew browzensw bspooky bst-72 btb-notes btcmod btsblock budaya-tionghoa 
 budayationghoa buffemail bugfoo bugmenever bugmenot bukanimers bukatv8 bukhariansiddur bullbaby bulrushpress bultoc 
 bumpymail bunchofidiots bunsenhoneydew burangir businessbackend businesssuccessislifesuccess bussaco bussitussi 
 buy-blog buymoreplays buyusdomain buzzcluby bwmyga byagu byconf byebyemail byespm bytedigi bytonf c51vsgq caainpt 
 cafesui caftee californiafitnessdeals calirona cameltok cameraity candassociates cangcud cantozil canvect 
 capitalistdilemma caps7 care-breath caregradeguard carsencyclopedia cashflow35 casualdx catsredeem cazlg cbair 
 cbsbada ccategoryk cckuy ccsuncare cctoolz cdfaq cdnmia cdnripple cellurl cengrop centermail certificenter certve 
 cetpass cggup chahcyrans chaichuang chaineor chamconnho chansd chantellegribbon chaocosen chapsmail 
 chasefreedomactivate chatich chatworkstation chaublog chefalicious chessgameland chessgamingworld chestcloudx 
 chewydonut chickenkiller chielo childrenth chilkat chinamkm chithinh chogmail choicemail1 choichay choigi chong-mail 
 chophim chosenx chotgo chumpstakingdumps chupanhcuoidep cigar-auctions cimario civikli ckiso claimab classesmail 
 claudd clearhabitpath click-email clixser clockemail cloneemail clonehv clonekhoe clonemailsieure clonenpa 
 cloneshop24h clonetrust cloud-temp clowmail clrmail cmail cmdkl cmhvzylmfc cnamed cndps cneemail cnieux cnoilpress 
 coasah cocovpn code-gmail codeandscotch coderdir codivide coffeeazzan coffeejadore coffeetimer24 coieo colabeta 
 colaname colorcastmail colurmish cometclear cometlumen comfythings completegolfswing comzx confmin connho 
 consumerriot contbay copytosh corbyrise coreclip cosdas cosmorph cosoinan cotasen cotigz courrieltemporaire 
 cousinment cqwbn crankhole crazymailing crepeau12 creteanu cringemonster crossmailjet crossroadsmail crunchcompass 
 crusthost crybio cryptogmail cslua cspaus cszbl cubene cubiclink cucadas cuendita cuoly cuongaquarium cupbest 
 currentmail cutradition cutsup cwsgear cxwet cycinst d1yun daabox dacoolest daemonixgames daemsteam daerdy 
 daily-email dailynove dailynutria daimuedu daintly damachillsmaintenance damaclagoonsmaintenance damnthespam 
 dandikmail daouse dardr darkharvestfilms dash-pads dataarca datadudi datapinacle datarca datum2 daugr davidlcreative 
 dawin daymailonline dayrep dboso dboxmail dbunker dcctb dcemail dd2car ddcrew dea-21olympic deadaddress deadspam 
 deagot dealja dealrek deapad decep decodewp decornido deenur deepconverts deepyinc deertees defomail dehaopay 
 deinbox delaeb delayload delivrmail delorex deltajohnsons deluxmail denipl dentaguardmouthguard deornaumail 
 desertsundesigns desoz despammed devbike developermail devmant devnullmail devpoet deyom dhnow dialogus 
 diapaulpainting dichvuxe24h dicopto diddyricky diemhenvn digeros diginey digital-message digitalmariachis 
 digitalsanctuary dildosfromspace dim-coin dimalk dingbone diolang disaq discardmail discos4 dishcatfish 
 disign-revelation disposableaddress disposableemailaddresses disposableinbox disposablemails disposeamail 
 disposemail disposemymail disposly dispostable districtonemaintenance divermail diwaq dizigg dmxs8 dndent dnsclick 
 doanart doantotnghiep docbao7 dodgeit dodgit dodsi dogmrp doiea dolofan domozmail donebyngle dongqing365 dontreg 
 dontsleep404 donusumekatil doobb doojazz doreact dotapodemail dotmsg dotslashrage douchelounge downloadigpost dp76 
 dpptd draughtier drdrb dreameg drewzen dripzgaming drivetagdev dropinboxes dropjar droplar dropons drowblock drtall 
 drugsellers dsiay dsitip dspwebservices dubaiacplumbing dubaiapartmentcare dubaiapartmentfix dubaicarecrew 
 dubaifixcrew dubaifixitnow dubaifixlab dubaifixmasters dubaifixnow dubaifixpoint dubaifixservices dubaifixteam 
 dubaiflatfix dubaiflatservices dubaihandyhelp dubaihandyman247 dubaihandymanco dubaihandymanhub dubaihandymanpro 
 dubaihillsmaintenance dubaihomeassist dubaihomecareservices dubaihomemasters dubaihomerepairco 
 dubaihomerepairexperts dubaihomerescue dubaihomeserviceco dubaihomesupport dubaihometechnicians dubaihomeworks 
 dubaihousecare dubaihousedoctors dubaihousefix dubailandmaintenance dubaimaintenance247 dubaimaintenanceassist 
 dubaimaintenanceco dubaimaintenancecrew dubaimaintenancemasters dubaimaintenancepro dubaimaintenancepros 
 dubaipropertyfix dubairepair247 dubairepairassist dubairepairco dubairepaircrew dubairepairguys dubairepairmasters 
 dubairepairworks dubaiservicecrew dubaiserviceworks dubaisiliconoasismaintenance dubaisouthmaintenance 
 dubaivillacare dubaivillamaintenance dubokutv duckyoursick dudmail dugmail duidir duk33 dukedish dulich360 dulich84 
 dulichdatlanh dumalu dumpandjunk dumpyemail durandinterstellar duskmail dusrui dustinry duvips dvdpit dwarfmining 
 dwseal dyceroprojects dygovil e-mail e-record e-tomarigi e4ward eanok easy-trash-mail easygbd easyhomefit 
 easytrashmail ebbob ecallheandi ecoverseworld ecstor edgepodlab edgetopgrid edinburgh-airporthotels edmondventures 
 edumaili eelmail eelraodo eewmaop effobe egg5233 eggur egvoo egzones einrot eiveg elafans electrochillplanet 
 electrolabx elerso elitevipatlantamodels eljawir elobits elygifts email-68 email-fake email-lab email-temp email60 
 email84 emailasia1 emailate emailcoffeehouse emailfake emailfutureme emailias emailinfive emailisvalid emailjps 
 emailkeep emailkp emaillime emailmiser emailnator emailnax emailondeck emailproxsy emailracc emailresort emailrod 
 emailsecurer emailsensei emailtemporanea emailtik emailtmp emailuae emailviet emailwarden emailxfer emalupe emaxasp 
 embekhoe emeraldwebmail emlhot emlhub emlpro emltmp empva1 empva11 emstjzh emziegz en2ch enayu endingimpunity endob 
 enotj enspinner ensproxy enterto envy17 eoopy eosada eoslux eoutrbl ep77 epetsoft erahods ereplyzy esadverse 
 escapehatchapp esemay esgeneri eshimod esiix esprity esterace estrowebservices etenx etquakemultimedia etramay 
 etranquil etubemail euaqa euleina eulercraft eurokool euucn eveav evilcomputer evnft evomiserver evopo evusd evvgo 
 evyush ewebrus exahut exbts exclussi exdonuts exelica exespay exhaycle exitbit exmab explodemail expltain 
 extracurricularsociety extraku extrset exweme eycfhb eyepaste eynlong ezehe ezfill ezimb ezonemail ezstest ezua 
 ezztt fabaos fadingemail fahjnlgfa1fa2 failbone faithkills faizasoft fake-box fakedemail fakeinbox fakeinformation 
 fakemailgenerator fakemailz falconcitymaintenance falconryadventurecentreofeducation fallinhay famamail fammix 
 fandoe fangoh fanicle fantastu fantatua fanymail fanzher fastacura fastchevy fastchrysler fastestflex fastkawasaki 
 fastmazda fastmitsubishi fastnissan fastsearcher fastsubaru fastsuzuki fasttoyota fastyamaha fatebd fatflap faxico 
 faxzu faybetsy fbhotro fbins001mail fbins607 fboxmail fbviamail fdfdsfds featcore feelmyheartwithsong femailtor 
 fenfax feralrex ferdomnermail feriwor feroxid fettometern fexpost fextemp fiallaspares fibmail fictionsite fidhost 
 fightallspam figjs figshot figurescoin filbert4u filberts4u file2drive filetodrive filzmail finacenter findize 
 fingso fitbloomlab fivermail fixmydubaihome fizmail fkainc flakeian flameoflovedegree flavourity fldubai flexvio 
 flosek flowu flurred flyovertrees flyspam flywaverun fmuss fommie footard forbmmend foreastate forecastertests 
 forexru forexzig forgetmail forliion formodapk foxja fpgrabber frapmail frederictonlawyer freebabysittercam 
 freeblackbootytube freefattymovies freeplumpervideos freeschoolgirlvids freesistercam freesourcecodes freeteenbums 
 friendsofbram frwdmail fsitip fthcapital fuckedupload fuckingduh fucklinuxdo fudgerub fudier fuirio fukaru fulvie 
 fumemail fun4k fun64 fundapk fundproceed funnycodesnippets funnylolcap funteka fusioninbox futuramind fuwamofu 
 fux0ringduh fviadropinbox fviainboxes fviamail fxavaj fxnxs fxtubes fxzig g14l71lb gakhum gamebcs gamegregious 
 gamepec gamgling garizo garliclife garrymccooey gassmail gasuda gav0 gavrom gawab gaxetovemail gebrauchtwarencenter 
 geekforex gemapan generator1email gentleinfopath genzmaile genzotp genztrang geronra get1mail getai-hub getairmail 
 getasail getbloomdata geteit getgptcode getmail1 getmule getnada getonemail getsimpleemail gexik ggrainn ggxhunter 
 gholar giaiphapmuasam gifto12 gimbmail gimpmail giodaingan giratex girlsindetention girlsundertheinfluence gishpuppy 
 gislinghamsilverband givmail gixenmixen glasswhitehub globalbizflow globaltouron glorylandconnections glubex 
 glucosegrin gmail-xsniper gmailinsta gmaillk gmailold gmailot gmailxsn gmeenramy gmells gmial gnctr-calgary gni8 
 godfare godulygmail goemailgo goeschman gohivezone goldenmagpies goldlicai goldvester golemico gongjua gonida goonby 
 gorillaswithdirtyarmpits gosarlar gotmail gowcp gowikibooks gowikicampus gowikicars gowikifilms gowikigames 
 gowikimusic gowikinetwork gowikitravel gowikitv gracetvglobal grandmamail grandmasmail grassdev greencafe24 
 greendike greenhousemail greensloth greggamel gregorygamel groklan groupbuff guanshuyun gudanglowongan gudri 
 guerillamail guerillamailblock guerrillamail guerrillamailblock gufacoding gufum gustr guysmail gyan-netra gyknife 
 gzeos h0tmaii h2beta haben-wir habenwir habitnestguide hacccc hadjoy hahawrong haibabon haltospam handrik 
 happiseektest happy2023year happy9toy harakirimail haribu hastana hawrong haydoo hazelnut4u hazelnuts4u 
 heathenhammer heathenhero hebase heheee heirfoundation helloricky herclan heros3 hetzez hezll hh7f hiddentragedy 
 hideam hidevak hidzz higogoya hikuhu hilmipremindo hilostar hiltonvr him6 hiredify hiringview histartool hldrive 
 hlkes hmamail hoanggiaanh hochsitze hohohim homewiseleaf homvela honor-8 hook2ad hopefunder hopesx horizonspost 
 hormails hornhorizon horsgit host1s hostcalls hostlaba hotelplazer hotlinkimg hotmai hotmailproduct hotmailtrusted 
 hotmial hotpop hotrokh hottmat housat hpari hqpdf hthlm hualabtech huangniu8 hubglee hudisk hudzer huizk humaility 
 hungpackage hunnur huongdanfb hutudns hypenated-domain i-dork i2bgmail iaoss ibmdoors ibolinva ibymail 
 icantbelieveineedtoexplainthisshit icloulb icmans iconcubic iconmal icotz icousd icubik icznn ideuse idx4 idxue 
 iencm iffymedia ifoxdd ignoremail ikewe ikomail ikuromi illistnoise illnessth illubd iloveion ilovespam im5z 
 imaanpharmacy imailt imashr imfaya img-free imgof imnart imperialcnk importemail imstations in2reach inactivemachine 
 inboxalias inboxbear inboxclean inboxkitten inboxorigin inboxproxy inclusiveprogress incognitomail incq inctart 
 inderpalsandhu indevgo index-mail indieclad indigobook infobuzzsite infolinewest inilogic inkiny inkomail inpwa 
 inreur insanumingeniumhomebrew inshuan instance-email instantemailaddress instrete intady internetkeno 
 internetoftags intersteller intobx intopwa introex inwagit ionolenonos iozak ipaddressforme ipxwan irabops iridales 
 irish2me irishspringrealty iroid ironbrookco irpine isdaq isfew ishop2k isosq ist-hier isukrainestillacountry 
 italy-mail itaolo itcompu itquoted itsbds itsjiff itspid itunesgiftcodegenerator iubridge iwatermail ixaks ixhale 
 ixunbo iysqv izhowto jabmag jafps jagomail jailbreakeverything jajxz jakemsr jamyjmkqdsc janproz japnc jaqis 
 jarszone jasminesports javadmin javaemail javafs jbsze jcnorris jdmadventures jellyrolls jeoce jessitrust jetable 
 jewby jgkcr jibbo01 jieluv jincer jinkeyun jiooq jioso jjice jkotypc jnxjn jobbrett jobscai jobzyy joelpet 
 joetestalot jofuso jopho jourrapide joywavepoint jp-ml jrhmail jsncos jsrsolutions jualakun juicehour 
 jumeirahmaintenance jumeirahparkmaintenance jungkamushukum junk1e just-email justdefinition juyouxi jvcmaintenance 
 jvtmaintenance jxpomup k4money kabamail kabarr kabinbilla kademen kakao-mail kakator kamsg kanonmail kantclass 
 kaoing kaovo kaptencpl karenkey kariplan kartvelo kashre kasmail kaspop katztube kayilo kaynlab kcoporation keecs 
 keepmymail kekita kelenson kellychibale-researchgroup-uct kemptvillebaseball kenfern kenhbanme kenvanharen kepkat 
 kerotu khaibn khtextile kiani kidaroa kiecchn kierko killmail killyourtime kimdyn kimgmail kimsdisk kindamail 
 kingdais kiois kisoq kissgy kisstwink kitnastar kiwof kjkszpjcompany kkoup klassmaster klipschx12 kloap klovenode 
 kludgemush klzlk kmail123 kmhow knilok knmcadibav knowledgemd kobrandly kodpan koletter kon42 konican konterkulo 
 kopagas kosmetik-obatkuat kpooa kruay kuhrap kulmeo kuromee kvhrr kvhrs kvhrw kwifa kynninc kyois kzccv l6factors 
 laafd labananmakmur laborderie lacedmail lakelivingstonrealestate lakqs lamasticots laoeq laoia lapakqu 
 laptoplonghai larisia larland lashyd lastmail lawlita layanmaintenance laymro lazerbade lazyinbox ldop ldtp 
 leadwizzer leafflip leechchannel legendaryseller lenovog4 leopik lerany lerbhe lero3 lesobprovermail lettersboxmail 
 letthemeatspam lgxscreen lhsdv liadhene liamcyrus libinit lifebitsnotes lifebyfood lifetotech lifewiseleaf liggegi 
 ligsb lilspam lindenbaumjapan linkedindiscount linlshe linshiyou liocbrco liondapt litedl litedrop littsocial 
 livinglegendsmaintenance lizery lnovic lnwtt loaoa loapq locawin loganister logicfieldzen logicstreak logular 
 lohinja lookugly lordsofts losemymail lovemeleaveme lowprizo lpfmgmtltd lr78 lroid lsaar lsereborn lsyx24 luckfeed 
 lucktaro luffygadgets lugiz lukecarriere lumeika lushosa luxudata lxbeta lydir lyfestylecreditsolutions lzoaq 
 maboard mac-24 machen-wir macr2 macromaid macsnipe magamail mail-burn mail-filter mail-owl mail-share 
 mail-temporaire mail-tester mail10m mail12h mail333 mail4qa mail4trash mail707 mail72 mailback mailbai mailbali 
 mailbidon mailbiscuit mailblocks mailbox49 mailcatch mailchop mailcker maildx maileater maileme101 mailexpire mailf5 
 mailfall mailfirefly mailforspam mailfreeonline mailfs mailgutter mailhazard mailhex mailimate mailin8r mailinatar 
 mailinater mailinator mailinator0 mailinator1 mailinator2 mailinator3 mailinator4 mailinator5 mailinator6 
 mailinator7 mailinator8 mailinator9 mailincubator mailisia mailismagic mailmate mailme24 mailmetrash mailmoat 
 mailmoth mailms mailnada mailnator mailnesia mailnull mailnuo mailonaut mailorc mailphu mailpluss mailpooch mailpoof 
 mailproxsy mailpts mailpull mailquack mailsac mailsbay mailscrap mailshan mailshell mailshiv mailshou mailshun 
 mailsiphon mailslapping mailslite mailslurp mailtechx mailtecom mailtemporaire mailtothis mailtraps mailtub 
 mailzilla makemetheking makertrial malayalamdtp mamabood manifestgenerator mannawo mansiondev mapsguy marineso 
 markmurfin matjoa matmayer maxresistance maxseeding maxtanie maxturns maxxspace mbrcityservices mciek 
 meadowsdubaimaintenance meantinc mechanicalresumes mechanicspedia medevsa mediaholy mediseat meidecn meikeya meinvr 
 meituy meltcoo meltedbrownies meltmail meltp memeazon meonvr merepost merumart metalunits metaorbitx mexvat mfunza 
 mfxis miaferrari mianfeibuluo miauj midcoastcustoms midcoastsolutions mideastlens mideastview midiharmonica 
 midlertidig mierdamail migumail mihep mikfarm mikrotikvietnam mikrotikvn mikrotikx minafter minefieldmail 
 minhquang2000 minsmail mintemail minuteafter minuteinbox miramaintenance mirdifmaintenance mitrabisa miucce miwacle 
 mkeya mkpfilm mkzaso mliok mmaily moakt moblha moburl mochuangcheng mockmyid modirosa mohmal mokook molms monopacket 
 monotensor monumentmail moondyal moonfee moonwake mooo moravita moreawesomethanyou moreorcs morsin moruzza 
 motorcitymaintenance mowline mozej mp3oxi mrotzis mrvpt msarra msgos mspeciosa msqatl msssg msxd mt2009 mt2014 
 mt2015 mtmdev muadaingan muareview muathegame muchomail mucincanon mudahmaxwin mudonmaintenance muellemail muellmail 
 mugadget multicorse muncloud muonwhila muralin-aja mutudev mvpmedix mvrht mxclip mxfuel mxvia my10minutemail 
 mycreativeinbox myemailboxy myerly myfxspot myinfoinc mykickassideas mymail90 mymailoasis mynes myopang 
 myphantomemail myspaceinc myspacepimpedup myspamless mystvpn mytempemail mytempmail mytrashmail myweblaw myzx mzico 
 na-cat nabomail nabuma nadalshebaservices namewok naniniva naobk napthex4 narrowment nashapoultryshop 
 nationalgardeningclub natuanal nautonk navalcadets naverapp naverly naylonksosmed naymedia nazisat nbmbb nbzmr ncien 
 ncleap neatdaynote necub negated neghtlefi neomailbox neonorbitx neowd nepwk nesopf nespf nespj nespressopixie 
 nestlynotes net1mail netfxd netmails netoiu netviewer-france nevanata newaddr newbreedapps nextstopvalhalla nextsuns 
 nezid nezzart nguyendanhkietisocial nguyenlieu24h nguyentinhblog nguyenusedcars nhmi1 nhmvn nhotv nice-4u nicebad 
 niceminute nick-ao nickmxh nicknassar nightorb nimbacharity nincsmail ninepacman niprack nm123 nnh nnnetworks no-ux 
 noblepioneer nobugmail nobulk nobuma noclickemail nodezine noicd noizonicfoundation nokdot nokiamail nolettersbox 
 nomail2me nomomail nomorespamemails nongnue noopmail noproposal norseforce northsixty notboxletters notipr 
 notlettersmail notmailinator notrnailinator novaemail nowmymail nowtopzen noyavip nproxi nqmo nrehi nriza nrlord 
 nsvpn nsyncxy nthrl nubescontrol nuoifb nuts2trade nvhrw nwldx nwytg nyasan nyfhk nygren-realty nygrenrealty nypato 
 nyrmusic oakon oalsp obfusko objectmail obobbo obxpestcontrol octovie odaymail odeask odem oepia ofags ofanda 
 officecombine ogcover ogzmail okcdeals okclprojects okhko okiae okzk oldao olipii omanarts omarnasrrr omgheels 
 omtecha onbap one-ml onekisspresave onelettersmail onemuou oneoffemail oneoffmail onetm-ml onewaymail onheb onionred 
 onlinecmail onmailflare onqin ontasa oohioo oolus oosln ooynib opayq opemails openavz opentrash opp24 
 opportunity-africa opwebw oranek orbitxhive orbixacoa ordite oreidresume orimassage oronny orsbap ortogenmail 
 oskarstalbergcitygenerator ospirun ostahie ostinmail osxofulk otherinbox otpku ouchcloud ourklips ourpreviewdomain 
 outlawspam ovbest owlpic owube oxopoha ozatvn ozsaip ozvmail p71ce1m pa9e pachilly packiu paliospiti 
 palmjebelaliservices palmjumeirahservices pamaweb pancakemail paplease parsitv passeone past-line pastebitch 
 pastryofistanbul patity patonce pavilionx2 paxeluni paxlys paylaar payperex2 payspun pazard pazuric pckage 
 pdf-cutter pdood pecinan pepamail pepbot percyfx pertera peterdethier petloca phamay phanmembanhang24h phctool 
 philipdowney phimib photobrex phucmmo phuongnhicare phuotngay phuturemail phyones physcroenmail pickuplanet 
 picturehostel pigeonprotocol pimpedupmyspace pingir pippoc pisls pixdd pixiil pizzajunk pjjkp placebomail10 
 plainhomehub playfine plexfirm ploae ploncy pngrise pofmagic pokiemobile pooae pookmail popcornfarm7 popcornfly 
 popesodomy popgx poplk porjoton portaltrendsarena posdz postacin poutineyourface powerencry powerscrews powlearn 
 pox2 pp7rvv ppetw pptrvv pqoia pratikmail premiapp pretreer pricegh primejetnet prisonity privy-mail priyo-mail 
 priyor priyp pro5g procrackers proguidex prohade projectcl promailt propscore prorises protempmail protonza proveity 
 proxyparking prtnx prtshr psles psnator psoxs ptncereio ptsculure puabook puglieisi pumpoly punkass punkproof 
 purmuttad pursip pusmail pussport putthisinyourspamdatabase pwpwa pwrby pxlys pyskillsgame qabq qacmjeq qasti qdoit 
 qejjyl qeurtor qexvhz qhgs qiott qisdo qisoa qiuvision qmrbe qodiq qoika qopow qtum-ico quadrafit questtechsystems 
 quickinbox quipas ququb qvmao qwickmail qzueos rabitex racaho rackabzar racovor radioastronomynet raetp9 rajaiblis 
 raleigh-construction ramcen ramizan rapplo raqid raxtest rayrayactive razemail razeny razuz rcasd re-gister 
 reallymymail realquickemail reapsa receiveee recipeforfailure reconmail redbiodiesel redfeathercrow redproxies 
 refblogs regapts regbypass reimondo rejectmail rekaer reliable-mail remahankerupuk remraammaintenance rentaen 
 renydox replyloop reportfresh reptilegenetics resmso restorationchurchtv rewermail rexabot reymaticx rezato 
 rezeptegesunde rhyta rinseart rippb risingsuntouch riwutz-gmail rklips rkomo rm2rf rnailinator robertspcrepair 
 roborena robot-mail robustq rodhazlitt ronete roratu rotaniliam rotomails rouflav routerboardvietnam rowdydow 
 rowe-solutions roweryo royandk roybl rppkn rsvhr rteet rtrtr rulersonline rumgel rupayamail rustydoor rustyload 
 ruutukf rvneous rwstatus rxinai ryuucn s33db0x sabrestlouis sackboii saeoil sagametour saharanightstempe 
 sajutadollars sakoonthroughcancer samaritanfamilyfoundation samsung-gmail sandwhichvideo sanfinder sanstr sappisi 
 sarawakreport satukosong sausen save4now savemydinar savests say0 saynotospams sayverfox scatmail scatterteam 
 schachrol scottni scpulse scrsot sdvft sdvgeft sdvrecft search4gpt sedekah-mudah seduck seekapps seekjobs4u 
 selaciptama selfdestructingmail selltub sendingspecialflyers sendspamhere senseless-entertainment sentra-premium 
 seosnaps seqerc serenamaintenance services391 setxko sevopay sexforswingers sexical sfolkar sgatra sharkfaces 
 sharklasers sheinup sherazhaider sheryli shhmail shieldedmail shieldemail shiftmail shiita12 shipfromto 
 shipping-regulations shiptudo shmeriously shopaccmmo shopbantkclone shopempva11 shopprimeaccounts shopxda shrib 
 shuelder siap-sepuh siberpay sicmg sidement sidramaintenance sify signalxp sika3 sikux silenceofthespam sim-sppg 
 simaenaga sind-hier sind-wir sindhier sindwir singlespride sinorto siteinfox sixoplus sizzlemctwizzle sjuaq 
 skeefmail skingkong skrak sky-inbox skygazerhub skytopway slapsfromlastnight slimirin slopsbox slotbeer slushmail 
 sluteen smaau smailpro smailwork smapfree24 smartnator smarttickethub smellfear smellrear smeux smkanba smncloud 
 smtp99 smykwb snakebutt snakemail snapbx snapwet snece sobhahartlandservices sociallymediocre soco7 socoori sofimail 
 sofrge softdailyguide softlitceg sogetthis soioa soisz solarnyx somelora somoj songsign sonphuongthinh sonrusu 
 soodmail soodomail soodonims soombo soul-association southdubaimaintenance sozenit spacehotline spam-be-gone 
 spamarrest spamavert spambob spambog spambooger spamcero spamcorptastic spamcowboy spamday spamex spamfellas 
 spamfree24 spamherelots spamhereplease spamhole spamify spaml spammotel spamobox spamok spamsandwich spamslicer 
 spamsphere spamspot spamthisplease spamtrail sparkletoc speak2all spicysoda spikio spindl-e splitparents sportrid 
 sportscitymaintenance spotlightdiary spruzme spymail square32o srame sroff ssoia stanfordujjain starnlink startfu 
 startkeys statdvr statiix stc-88 steadyhabithub steam-coin sterlingpointco stexsy stgodanang stonesinwater 
 stop-my-spam storebanme storj99 streetwisemail stromox stuckmail stufmail stumpfwerk suarj submic submitreports 
 substoretools suburbanthug suckmyd sueshaw suexamplesb suftwari suhasmedam suioe sumberakun suntuy superblohey 
 supergreatmail superplatyna superrito superyp supplementsdiary supporttc surbitonnewlifebaptist 
 sustainablecitymaintenance svetims svip888888888 swagpapa swift10minutemail swsdz syinxun sylvannet symphonyresume 
 synarca syncax szerz tafmail taglead tagmymedia tagyourself taimb taischaves talemarketing talkinator talmetry 
 tamttts tanlanav tanpony taobudao tapchicuoihoi taphear tartinemoi tastmemail tastrg tatadidi taugr taukah taxibmt 
 tbgroupconsultants tcwlm tcwlx tdtda tech69 techemail teerest teihu telegmail teleworm teliedge telvetto temailz 
 temp-mail temp-mails tempail tempalias tempblockchain tempe-mail tempemail tempemailgen tempemaill tempestme 
 tempinbox tempmail101 tempmail2 tempmail5 tempmaildemo tempmailer tempmailo tempmailr tempmailto temporam temporarly 
 temporaryforwarding temporaryinbox temporarymailaddress tempp-mails tempsky temptami tempymail tenull testudine 
 tevstart tgduck thanhnhontienbao thankyou2010 thaotri the23app theaviors thebearshark thecarinformation 
 thechildrensfocus thecloudindex theeyeoftruth thejoker5 thelakesmaintenance thelimestones themegreview themostemail 
 thescrappermovie theshahnazfoundation thespamfather thespringsmaintenance thevalleymaintenance thevillamaintenance 
 thichanthit thichmmo thiefness thirifara thisisnotmyrealemail thnikka thodianamdu thraml thrma throam thrott throwam 
 throwawayemailaddress throwawaymail throya thrubay thuongxg thxmate tiapz tidissajiiu tidylifehub tiendadezapasok 
 tiffincrane tikanony tiktakgrab tiktakgrabber tiktokngon tilalalghafmaintenance tilien timgiarevn timkassouf 
 tinhoconline tinpho tinyurl24 tipsb titangamezz titenpa tizi tkfb24h tmail tmail3 tmail6 tmail9 tmailinator tmailor 
 tmpemails tmpeml tmpkit tmpmailtor tmxttvmail tnbeta toaik toddsbighug tofeat toiea token0v0 tonaeto tonymanso 
 tools-capcut topdatamaster topmail2 topofertasdehoy toprumours tospage tosunkaya totalvista totesmail tourcc 
 townsquaremaintenance tozya tp-qa-mail tpwlb tqoai tqosi trackden tranceversal tranhtai translateid traodoinick 
 traogiai trash-amil trash-mail trash-me trash2009 trash2010 trash2011 trashcanmail trashdevil trashinbox trashmail 
 trashmailer trashmails trashymail trasz travelistaworld trayna trbvm trbvn trbvo trevourus trgfu trillianpro triots 
 trolebrotmail trollproject tropovenamail trungmetax trungtamtoeic truthfinderlogin tryalert tryzoe tsderp 
 tshirtsavvy ttpo89japan tualias tuamaeaquelaursa tubeemail tunthuta tuofs tupmail turkeyth turnimon turoid turual 
 turuma tvchd tverya twoweirdtricks txcct txtadvertise tyldd uacro uber-mail uberip ubinert udingclin uemail99 
 ufacturing ufokeuabmail uggsrock uguuchantele uhe2 uiemail ummsuqeimmaintenance undeadbank underseagolf unfairship 
 unicodeworld unids uniromax unit7lahaina unlikeyth unratito uooos uorak upliftnow uplipht uploadnolimit urhen uroid 
 usdtbeta usefulbriefing ustorp uyhip vafyxh valanides valhalladev vasteron vbgvd vcois vctel vddaz vdig veanlo veb37 
 veltexline venompen verdejo vertexinbox veruvercomail veryrealemail vibertees victoriaalison victoriantwins 
 victoryheightsmaintenance vidchart videoigdownload videotoptop viditag vidwobox vietxf viewcastmedia viewmuse 
 vigoneo vikingsonly villanovaservices vinaemail vinakoop vinakop vinernet vintomaper vipepe viralplays virgilian 
 virtual-hipster virtualminerals visignal vitahicks vitaspherelife vitrineproducoes viv2 vividtipzone vixletdev 
 vixtricks vjuum vkr1 vlemi vlrregulatory vmani vmpanda vn-one vnvmail voidbay volaj voltaer vomoto voryxen voxelcore 
 vpnseat vps30 vps79 vradportal vrjxk vrmtr vsimcard vsmailpro vssms vtmpj vubby vusra vvatxiy vwhins vxsolar vztc 
 wacold waisfoundation waitbeqa waivey wakingupesther wallm wanaofamouscar waroengmail waroengpremium 
 warsanmaintenance warunkto watch-harry-potter watchironman3onlinefreefullmovie waterisgone watersoftenersystemcost 
 watrf watsawang web2mailco webcamness webinarmoa webmailus webofip webscash weekfly wegwerfemail wegwerfemailadresse 
 weiruipingji weizixu wekawa welikecookies wellsfargocomcardholders wenkuu wentcity wenyuanshe wetrainbayarea wg0 
 whaaaaaaaaaat whatagarbage whatiaas whatifanalytics whatpaas whatsaas whitehousecalculator whopy wibblesmith wiemei 
 wifimaple wifioak wikfee wilemail willselfdestruct wimsg winocs wir-sind wireconnected wivstore wlsom wnbaldwy wokcy 
 woopros workhorsefilms workingtall wpdork wralawfirm wrgee wronghead wsypc wupics wuuvo wuzak wwc8 wwjmp wyoxafp 
 wywnxa wzjpj wzjyyds wzofit x1ix x24 xagloo xbrok xcompress xcoxc xcpy xemaps xemne xen-bypass xents xeramail xfavaj 
 xidealx xiiqtg xikemail xingmeisofa xjoi xkxkud xmailtm xmaily xn--9kq967o xn--ai-ry2ck37oorv xn--yaho-sqa xojxe 
 xperiae5 xsnipersquad xxi2 xxqx3802 xzcoot xzsok yaqp ycglobalmovement ydscontingencia yenphandinhe ying-ge ymonthl 
 ynmrealty yogamaven yoggm yogirt yopmail you-spam yougotgoated youmailr youpymail yourdomain yourewronghereswhy 
 yourwiseguide yroid yspend ytnhy ytpayy yugasandrika yuoia yuurok yzcalo zantrax zasod zcrcd zebins zenbada zenbyul 
 zenthranet zeronerbacomail zeropolly zetmail zevionyx zfymail zhcne zhewei88 zhorachu zipcad zipcatfish zipsendtest 
 ziragold zizo7 zoaxe zoemail zohobillings zolamin zombie-hive zoomintens zovion zozozo123 zrufe zsero zudpck zumpul 
 zv68 zvvzuv zxcv zxcvbnm zymuying zyns zzrgg zzz 
.cool
 fbb 
.corsica
 meta 
.cr
 boun fr 
.cx
 cpc ht prc xl 
.cyou
 aaago bebed bebel beben bebez bluehourclub bokkor1 burnermail captus cloudyhandshake fgmail friendlyorbit gcpmakerds 
 honeydaybook hulkteam irealiy joymail ke1le kindredpicnic kkkoouy lalayun limcil littlewildnote mailgo mailxyz 
 mellowharbor meng2026 mokondoo moonhuddle namdev-mail-01 olisup opihhushdjn oupul8b1k owo-mailteam p2bvz 
 paperlanternly shkele skyserver sunlitcircle theboys toolsequipment topren verybigdick vetra xhotmail y4plv yahoox 
 youtube-com-watch-jtpdc8khnpi zexic 
.cz
 chalupaurybnicku 
.date
 hhhhbfshb idont kein 
.day
 holio 
.de
 10minmail 10minutemail 10minutenemail 1pad a-germandu aachendate abusemail affilikingz aleh ama-trade ama-trans 
 anon-mail anonmails antispam antispam24 antispammail apfelkorps arvato-community awatum b2cmail bizimalem-support 
 blogtricks bootybay brennendesreich byom candymail cheatmail cnsds comwest crastination curryworld cuvox delikkt 
 der-kombi derkombi derluxuswagen discardmail dodgemail dontsendmespam dotman doublemail droolingfanboy dropcake 
 dumpmail e-postkasten e3z ebeschlussbuch eeedv einmalmail einrot eintagsmail emaildienst emailgenerator emailgo 
 emailigo emailto fansworldwide fantasymail ficken fiifke fivemail fly-ts funnymail furzauflunge fyii 
 gehensiemirnichtaufdensack geldwaschmaschine getover ghosttexter giantmail grish guerillamail guerrillamail hartbot 
 hat-geld headstrong hidemail hulapla ieh-mail imgv in-ulm inoutmail instant-mail ironiebehindert jav8 jejes ji5 ji6 
 ji7 jobdatei kcrw keinhirn keipino kleinanzeigen-verification knickerbockerban kostenlosemailadresse kurzepost 
 lambsauce mail1a mailaddress mailbox87 mailchannels mailde maildu maileimer mailseal mailtome malahov marrytodo 
 mehr-bitcoin meinspamschutz messagebeamer ministry-of-silly-walks misterpinball motique mybitti myhochzeitsfilm 
 mynetstore mypartyclip mysamp netzidiot nevermail nonspammer nurfuerspam ohaaa omail oroki ownsyou ozyl 
 pflege-schoene-haut plexolan politikerclub pride-worldwi privy-mail privymail puppetmail r4nd0m raketenmann 
 ramenmail riddermark route64 safersignup safetypost sandelf schafmail schrott-email scribito secretemail shitmail 
 showslow sinnlos-mail sky-ts skyrt smapfree24 smashmail sneakmail sofort-mail sofortmail spamail spambog spamfree24 
 spaminator spaml spamoff spoofmail spritzzone spybox squizzy stuffmail sudern super-auswahl superstachel sweetxxx 
 tacomail taymonera temp-mail tempemail tempmail tempmailer temporarily themailer tkitc tokenmail top101 topranklist 
 trap-mail trash-mail trashdevil trashemail trashemails trashmail trashmailgenerator trialmail twinmail txen ulm-dsl 
 vankin vevs vpn64 weg-werf-email wegwerf-email wegwerf-email-addressen wegwerf-email-adressen wegwerf-emails 
 wegwerfadresse wegwerfemail wegwerfmail wegwrfmail whatemi wsym xrap ycare yzm zehnminuten zehnminutenmail 
 zensurpirat 
.dev
 3a88 acqq bb28 boscharena capcutpro dotos gptworkone k-global keepmail lellol mwalshabs naxx pbhak rifqysaputra 
 roguemaster sahildash superti4r youxiang 
.digital
 capcut ispeedtest 
.directory
 sytchampton 
.dj
 apps zik 
.dk
 418 anonymail d3p lortemail lukop recyclemail zepp 
.do
 fft.edu 
.dog
 kurumibnb 
.ec
 rma tic 
.ee
 jjj 
.email
 10dk 10min 10minute 189 48hr abcmail adios ahem bonobo btc chenbot cs discard ephemeral f1b f2b f2c f2e f2f 
 freecustom freeinbox generator i2b i2c i2m jaga kinda mdz mytemp nada oiioii one-time purcell reusable shitty 
 slippery t2t techlhj tempmail tempr tijdelijke v2v wep woofgl 
.engineer
 droggo 
.equipment
 mydemo 
.es
 aelo azulejoslowcost boostme capcvt ease f4k gimme-cooki ginzi gynzi hecat housereformas ige moot myecho 
 securehost.com servicee spam.org 
.eu
 0box 20email 20mail 20mm abuser adiq andrewclaude badgerland clipmail cyber-phone disign-concept dispomail fornow 
 freelance-france getmails ginzy ieatspam inoutmail l33r mabox meepsheep michaeladmin nonspam photo-impact proxymail 
 prtz quillet slowpokerfrance smapfree24 spamfree spamfree24 teleg tempmail veryday webcontact-france wwwnew ydns 
 yummymeow z0d zebins 
.fail
 spammer 
.faith
 lovemeet 
.fashion
 bbxb bbyb cctc ccwc cczc ddfd ffyf ggxg jjlj jjmj jjxj 
.fish
 fliegender 
.fit
 selftrak 
.fitness
 mtdalmshouse 
.foo
 buyapp rawr 
.food
 babyeat coocuuu cood ihnpo magbit 
.foundation
 seedcorn 
.fr
 0rg 10minutesmail 1s 1xp andrewclaude avia-tonic c4 cypi diddyricky digi-value ecolo-online email-jetable 
 estate-invest fakemail fast-mail funnylolcap get2mail hotelplazer instantmail ionolenonos jet-renovation kyriog 
 lazerbade mail-easy mail-temporaire mail123 mailtemporaire michaeladmin miistermail monchu nekochan noreply ozm 
 parisdaily picturehostel ploki premium-mail sehier slowpokerfrance soniot tempomail trashmail used-product web-ideal 
 wishy yopmail yummymeow zaktouni 
.fun
 babyfun bskyx cuaks deepmaster emailgratisan evairo ffps getotp giare i2b iuno kalwa mailboxy mailox pricegh rmmr 
 senyan sliverkeigo snpmail speedlooking tokmail weeline xdfrms xopmail ysgdjd zhizhiwei 
.fyi
 ultra 
.ga
 10minutemail 3mail 4mail 5mail 6mail 7mail 8mail bundes-li cross-law deadfake dengekibunko dev-null discard 
 disposable divad email-fake emailage emails emailspam emailz emkei empireanime eqiluxspam facebook-email fake-mail 
 fakeinbox foreskin free-email freemails freemeil gage get-mail getairmail gsxstring holl hot-mail junkmail kadokawa 
 kingsq login-email maggotymeat mail0 mailbox52 maildrop mailfree mailjunk matamuasu mp-j nolemail nomail opmmedia 
 paharpurmim pakadebu predatorrat remail rifkian siliwangi spamfighter spamwc stop-my-spam ternaklele trash-mail 
 ushijima1129 ver0 vercelli visal168 xxhamsterxx yarnpedia youmail 
.gay
 capy cloudflare xeno 
.gd
 rf 
.ge
 mjj.edu 
.gg
 jika temp-mail tmail vatos widget 
.gl
 uu 
.gq
 10minutemail arurgitu cross-law dengekibunko dev-null discard email-fake emailage emailspam emailz emkei 
 facebookmail fackme foreskin freemeil getairmail gmail2 hot-mail junkmail kadokawa kutakbisajauhjauh lellno maildrop 
 mailfree mailinator mailjunk mailme mailpress mgxianlu minimail munoubengoshi predatorrat spamfighter spamwc syosetu 
 trash-mail trashmail ujijima1129 ushijima1129 ver0 vercelli visal168 yopmail zipo1 
.gr
 tafoi wef 
.gratis
 siempre 
.gs
 n8 
.gw
 mail 
.gy
 ws 
.hair
 aobl aoyh axrx birh blpz cboc dnbp eqgq ewma ezsj fjic fngd fqys ftlz fxos fznb giue gykf hqfi hvva iafu ifeq ihra 
 ilck imbo iojn iqxu ixqr jbsu jndp jxin jzlz kcql kjhg kpxj kvbs lftl lsfh mkvo mxmm mxwm nbzy nwfa oebd opog oqmy 
 oxvq oyoa pcdo pkrj qagk qlbz qlto roiv rshz rvhx svlg svvf tgnm twck tybz uqfb vgyi vqdz wjah wtsl wxhp wxxu xczv 
 xhke xkgm xktu xqmm ypyb zdge zimf zkfr zqjq zrpu 
.help
 38yz bj41 chundage cxioms dz62 egirl gls-info hazmat htgb lts35 moldind mopess nianshen09 nianshens xmisom xt81 zgg0 
.hk
 01022 01130 arduino fir 
.hm
 at 
.homes
 calmdoorway cedarwhisper hqid lbvz littlecourtyard lzum mapleveranda mosslandings ooyv oxmail porchpetal sunnysill 
 warmwindow xjau 
.host
 4tb dv2 f2c onemail spammy 
.hu
 eldobhato-level fleckens jobbikszimpatizans nincsmail pe trashmail 
.icu
 2-b 778891 7xusq8vbim5d47 addadsasd apimi axin05 biweia615 browzensew c-pkk covisuki dino dramamixio emailcu 
 fantasy139 fsotl fuk996 gailiuzi geometrics gett glaviu gmaail hardwork leruvo licccons mailfirst minidmx mmcat 
 muell muratreis oida p-kk2 skyhope666 temp1month theweifamily weekzs wovoemj1119 xiaoguaishou xib xiwinnie xlcsh 
 xmlab 
.id
 agallagher akunlemah.biz alightmotion aokkap.my aprinastore.web botnet.my capct cecizie.web donemail.my dukunmodern 
 emman.my evairo.web exile.my g-mail.biz getmail.my gi-mel.web gmel.biz gmel.my himacreative izunasan.my 
 izunasuite.biz jamesat.biz jamesat.my jejesfb.biz kathrynis.my kathrynis.web kavio.my ketua lilsuite linkcoll.my 
 linkspo.my mailsa.biz mailsa.my mailyan.my maskmy meevpo metajaya.biz nyxstores oliespace peruss.biz rosella.my 
 runcubesapps satorix sewink.my shaceng.biz shaceng.my smpnegeri4-pwt.my softbank streamtv.biz taomail.web 
 tembusselalu.biz tembusselalu.my tempebossok.my theking thor.my tradingview.my wanai.biz wearvault.biz ziell.my 
.im
 inboxed mohmal now wpg 
.in
 10minutemails 20mail 5tb a45 ac20mail akmail bitrealm boxformail chitthi clandest cloudsign convergenceindia.co cust 
 dispo drmail emeil gelitik gkd2323c gomail great-host hellosravan herp hi2 hieu httpsgreenwichmeantime icx loin 
 mailed mailna mohmal navura noref penisgoes priyomail sd3 spamgoes spamsalad starcheck tfbnw tittbit 
 twitchythoughtcreations uuii uvicone webuser 
.info
 0x207 1webmail 2wc 300book aditus adubiz adult-work affiliate-nebenjob aifreeuk astroempires ausgefallen 
 automizelymail bbbbyyzz bilingva-ca bio-muesli bluedumpling bobmail browzensew browzensw burnthespam burstmail 
 buyordie calmriver camping-grill chammy chuan clearwatermail coldemail cuvrs d4ngerssquy daibond diddyricky 
 digitalesbusiness digitalmail dldweb dump-email easynetwork emailforyou emailportal emailsy emailtech eth2btc 
 ethersportz evanfox f2b f2d fakeinbox fast-email fdvctte findemail finsmine foxnew foxtrotter fr33mail freedom4you 
 frostypeak giacmosuaviet giveh2o go2usa goround guerillamail guerrillamail healthforwomen i2b icidroit idu4aa4 
 ieatspam ihateyoualot imails immo-gerance imul inbox2 inoutmail insorg-mail instantblingmail ionolenonos je-recycle 
 joseihorumon kappala kulturbetrieb lacto laulund lifetimefriends linkmail littlejohns lukemail m4ilweb macmail 
 macromice maidlow mail-hub mailde mailinator mailserv mailtemp mainerfolg marketlink masonline mebelnu mfsa 
 muataikhoan mygeoweb nanopools nawmin newideasfornewpeople nextmail nogmailspam norwegischlernen nospamthanks 
 notsharingmy nullbox one2mail onlatedotcom onlineidea quickemail rover safermail safetymail samsclass send22u 
 simpleitsecurity sjusngde smapfree24 smwg solvemail soniot spambox spamfree24 spamkill suremail tfbnw thanksnospam 
 thatim thedirhq theteastory tmpeml totoan tradermail trgovinanaveliko tropicalbass upozowac urbanvalore veronicamira 
 veryday virtualemail vmailing web-contact webm4il wegwerfemail wegwerfmail widaryanto winemaven wmct wollan yomail 
 youneedmore zippymail zomg 
.ing
 tempmail 
.ink
 103 cheminsdevie fxt init thehjhvj ves 
.io
 42web aiphotoeditor axgrad capcutku compressjpg emaildrop fakemail hiverun ixx kliknesia klut kwtest mail7 mailmenot 
 muell physicaladithama randomail realmka sailmail sly spr tempmailnow throwaway tmail trashmail tryninja 
.ir
 30mail cnew emeil flaimenet mailme 
.it
 20email 20mail 20minutemail despam dispose soon tempmail undo yep yui 
.je
 qd 
.jetzt
 ariaz 
.jp
 ahk dob eay gally onetm otmail supermailer sute svk 
.kg
 78.edu hulisang.edu liyao.edu lujialu.edu mona.edu seman.edu 
.kim
 fbb 
.kr
 bokgumail g-mail icloudmail kaka0 kakaomail navermail ruu veo 
.la
 choco esc grr rax spam 
.lat
 arcadium mailpro telos 
.lgbt
 super 
.li
 fuwa jakl kbox kmail okinawa remote sry stayhome too 
.life
 123456789 1win amazinggift arthiq ashnkarsh cuscuscuspen daymail f2d neverover royalmarket silvercoin 
.lifestyle
 nexosphere 
.link
 aakk brivian oshietechan tmail worldspace 
.live
 2333 36duongtau boxomail business-degree digitecy easymailer emailinbo ferd idfd javaka kmail lyft mailpro 
 mengundang mriscan mriscanner mydefipet parthekio saleis shiro-alice shortweb streamingku tmpnator zuldev 
.loan
 legalrc 
.lol
 autu11n badopsec bananacomet bigmail bored boulkfout boxmail chucklequartz fbfbs gigglefern hihi hosthalting hyproxy 
 i2b jellyraccoon mymaily noodleparade pcaa pcbb puzzledotter saddope sexfrancecute sleepyplatypus temp-mail 
 toastunicorn yunxiangpnv 
.love
 pwx129 shizuku-lulu 
.lt
 ro tmail 
.ltd
 hertz josse nada 
.lu
 fbb i2b jaipas kuku 
.lv
 ez mailme sejaa 
.ma
 ch 
.makeup
 aebz bbfz bzpc dlwv dsbe fewzc grewq kgfu nfuo srzi 
.md
 ubm 
.me
 142code 39393 aaoo adarsa aesel ai666666 aiphotoenhancer ajinimoto amail4 arapps atlas4381 avifcove backyardorbit 
 banit bccto bekasi bhap binka birdharbor bluefizzclub brewlyric ceramicdrift chessmeadow cityonfoot clipnovella 
 couponrook craftmirth cssorbit csvbeacon csvlark dapurx decosprig deskblossom diceparlor dinnerdrape dioramafern 
 dnsprism dnsraven dragonbookcase dropmail eduemail etymoasis f2c faecesmail faviconpouch formatbento fossilwharf 
 freeletter friendfete frza gagcalculator gamen gemniultra gokublue goodpetday grimstroke headerprism hostingmail 
 huage ichigo inboxdesign inboxstore infoisp jellyglimmer jmods jsonlark jsonmender khamu kia-sdn laksamantunggalakma 
 lalulahoot leie lilbahlil lilo linkbento linux-do lru mahjonglore maildax mailguard mailhz mailna mailtao mealwhim 
 mendpetal merxo mnode musiccode mutant mythmarsh namenan natachai niulaibulai notif nrbs ny7 ogprism ohgitu 
 optimaweb ouk ourl packwhistle papierkorb pastcrumbs pdftinker piaa pinkgreengenerator plantporch plw pngmender 
 pondmosaic postonline powerdea psh puzzlebirch qqcomeback qrmason quietdetour quinz qvy rallywisp rapidrambler reacc 
 recode reelpicnic regexquill rukiaops runpebble ryteto scamlantern scentlilt schemastash selltub senvas servicetr 
 shelfsonnet shitmail sitemaplark soleoddity soundattic spam4 spambox ssanphone sslglance svgmend tabmender techgroup 
 textpivot thriftmorrow tianmi tinyroomlife tmpjr toyafterglow trashmail treso universall usedus uuf vidxlr vnedu 
 vupn wattcottage webemail weekendwok whyspam xkx xolic xxymail yanet ygbelira ziping zumnime 
.men
 getfun gxemail iuemail wudet 
.ml
 10minutemail 1mail 6mail 7mail 8mail chibakenma cobarekyo1 deadfake demen dengekibunko dev-null discard disposable 
 disposable-e disposable-email email-fake emailage emailfake emailfreedom emailspam emailz emkei ericjohnson 
 facebook-email facebookmail fake-mail fakeinbox fddns foreskin freemails freemeil get-mail getairmail ggmal 
 hangxomcuatoilatotoro hasanmail hot-mail jellow justemail kadokawa karatraman kazelink kook laste login-email 
 maildrop mailfree mailjunk monadi morriesworld msrc myde myinterserver pojok polarkingxx predatorrat rainbowly 
 rudymail sinema sohai spamfighter spamwc stop-my-spam sweetpotato toon trash-mail twkly ucupdong ushijima1129 ver0 
 vercelli visal168 wolfmail yourtube 
.mn
 electro 
.mobi
 c14 c28 f2c fknm8 hellodream 
.mom
 love-your stacys 
.money
 launders 
.monster
 amex409 muell 
.mov
 i2b 
.mp
 womp-wo 
.ms
 freemail online server 
.mx
 asu cavi cbdol lee osifixtech.com tmail 
.my
 coralhost digibeast dpmurt fira gristod mm njwzzvmtin oyisam qq vexi wee x9ad1 zira 
.name
 powered shut vipmail 
.navy
 dns v6 
.ne
 jbsze 
.net
 0n0ff 0wnd 10minutemail 12hosting 12minutemail 1secmail 1trick 2120001 247web 24hourmail 2chmail 2ether 4k5 4save 
 4warding 55hosting 5minutemail 672643 675hosting 6n9 75hosting 9ox a-bc acc1s accis aegia aegiscorp agtx ahmadfamily 
 ahmadizhar aifreeuk airsworld ajaxapp allfreemail allofthem alpha-web amiri ano-mail anonbox aschenbrandt 
 asciibinder ashgroveventures asistx assurmail automizly autommo axsup azuretechtalk b2bx bangdieukhien baserda 
 batiinsaat belfieldcorp benphim binbx bio-muesli bladesmail blnkt blogos bomnet borged botgetlink bptfp brandallday 
 browzensw bsnow bum cachedot calderstone camera47 carbtc cbes centermail chacuo cheaphub chelsworth chong-mail cihuy 
 citmo cl0ne clayhallventures clonere cloudtempmail cloudyourfast cmail cnmsg codeguard codzy coin-host concu connho 
 corhash croxleypartners dammexe daryxfox davidkoh dcpa degradedfun delayload denipl depdocla dharmatel directmail24 
 disbox dixz diyongjin dolphinnet dotvu dotzi draycottholdings drdrb driftz drivz dropsin duam dunsfoldgroup dustmail 
 dz17 eartin edny edshol ellertongroup email emailbin emailnow emailsingularity emailtemporanea emailthe emailure emz 
 ephemail eripo etempmail ether123 etickethelpdesk etranquil existiert exitstageleft extraku fairhavenventures 
 fakemail farrowgate findids finsburyholdings flyinggeek flyzy foobarbot for4u forspam free-temp freecat freehotmail 
 freeml gafy gdqoe genderfuck getonemail ginzi glastonventures glenmoorcorp go2vpn goldinbox goliszek gonrr gotmail 
 greggamel gregorygamel grimshawholdings guerillamail guerrillamail habitue harthwaite hidesmail hidingmail hiemail 
 hieuclone hitbase honesthirianinda hotmeil hsmw huskion hwsye hygle i-love-you-3000 imail1 inclick incognitomail 
 ineec inoutmail instantletter intopwa iotf itfast ivythorn jbsze jeremytunnell jetable jobposts jobs-to-be-done 
 kakadua kara-turk kenhphim killmail kilverstone kingsholme kjkpc klassmaster kopaka krouter kwift kwilco lackmail 
 lappies leeching letterhaven letterprotect likemovie likevip lillemap lindenmere link2mail linshiyouxiang 
 livinitlarge locomodev logsmarter lolfreak lyricspad magspam mail-card mail-help mail114 mailinator mailinator2 
 mailosaur mailsucker mailt mailtrash mailtrix mailtv mailvip matchpol mcache melbournecrest mentonit metaintern 
 mezimages midcoastcustoms midcoastsolutions midlertidig migmail minitts mixzu mockata moneypipe moolee moorgatecorp 
 mountainregionallibrary mrvpm mvrht mycleaninbox mycorneroftheinter mymail-in mypacks myspaceinc mywarnernet neko2 
 nervmich nervtmich nethercottventures nethubmail netmails netris nezuka nfast niwl nnot nowmymail ntlhelp nutpa 
 nwytg o7i offshore-proxies ofisher oldcrestgroup oldhamgroup onldm onlyapp opelkun ordinaryamerican oxbridgeholdings 
 peakinbox pecinan pembrookgroup petrzilka phimteen photomark picdirect pingddns pixelgagnant pixoledge pokemail 
 polkaroad polyfaust porsh poubelle-du pratikmail premieragents premsy primabananen privacy privatdemail priyomail 
 protectsmail proxy-gateway ptct put2 qipmail queenstonegroup qwertyhandsome rancidhome randomail ravensholme 
 reftoken rexornge rmqkr ronnierage rootfest rotherhamcorp royal s0ny s3k sandcars sanim scay scottcoffman sebbcn 
 secured-link shalar sharebot shortmail silverleafgroup sinaite siteposter slave-auctions slipry slothmail soc123 
 solarunited solerbe somervillepartners spambob spambog spamcowboy spamdecoy spamfree24 spamlot spamstack spamtroll 
 speedgaus spinly squizzy starlight-breaker starmail stathost steambot stinkefinger storegmail sugarloafstudios 
 supersave swift-mail t1mo taxibmt tb-on-line teml temp-link tempemail tempmailer tempmailfree tempmails 
 temporary-mail temporaryemail tempthe thaihp thegrampians thejenkins thelightningmail thetechnext thismail thueotp 
 thulinh tmaile tmailor tmails tmmbt tmpbox tmpmail tokmail topmail2 topvu totallynotfake tramynguyen transferpulsa 
 trashmail trashymail trickmail trythe tumroc twocowmail tympe ubismail umail umil undercliffholdings upphim upsnab 
 usako uselesswebsites uz8 valemail verifycenter vermutlich vertexium viavuive vibzi viewcastmedia vigilantkeep vipxm 
 vobau voxinh vps911 vtmpj walkmail watchfull wbml web-inc web-library wegwerf-email wegwerfemail wegwerfmail 
 wegwrfmail wickmail wshu wuzup wuzupmail wxnw x-lab x0q xcodes xn--d-bga xstyled xxvd xyzfree yahooproduct yapped 
 yermail yopmail yxzx yyolf zainmax zdenka zemzar zoemail 
.network
 spamthis 
.news
 gioidev lordfortescue 
.ninja
 tempmail victime zhaoqian 
.nl
 10minutemail appinventor asdasd dumbass erth herpderp hvastudiesucces ikbenspamvrij khoke knol-power mijnhva 
 netricity quickmail vuatrochoi wegwerpmailadres 
.now
 temp-mail 
.nu
 bot mjukglass rr 
.observer
 soyboy 
.one
 bbwg bunmail czx dbmail deshnetarchadacalculator dmail doj dona egg5233 emailboxer emailnow fastinbox fbi fog 
 insanony jiangwy macos mailmaxy mailrun mcpservers spymail sssig tppp voidmail yorushika zapmail zipmail 
.online
 10inbox aihuohua amazingly asd903102 atombomb baicai1145 beatbok boommail bosakun brashbeat brazbuzii caowo chauhuy 
 chautuyen contactpage devh24 dvaren email-free fedayroi fommie freetimer fsercure futcost fycloud gcpowner 
 gdfgergrer gmali goalmillion himail huychau huytuyen huyvillafb indsec ingam iraqedu ismartsense itduniya jasonbella 
 kenari ketimunfam lightv linxi lovertboy lunarmoon makeraura managedisabled manhmmonew memoniclife mhzayt mitraprem 
 mlanm myletters narsub netgcp nexarisystems nexus-streams nicusaurelus nxirad onetopclick paldonanamansilolo 
 patientlecadet rweebz-mail-1 securitybot siperer socialtrash solimoddin soniot storybuddies supportorganization 
 sushisalmon sweetberry szxcfagah tanvo taojingrun telimail temporam tetestebu texify thereddoors tppp travelfriend 
 trumingovn trusteddns tuyenchau tuyenhuy twzhhq ultrafive ultrasix ultrmigos velocitronix verel viemarter violet0923 
 vntechhub wingsai wsxnxce xdpxdp 
.org
 0wnd 10mail 10minmail 123mails 1nom 1secmail 1to1mail 42o 4warding 5july 66b1it.eu 675hosting 75hosting 
 aaconservation abilityaccesslegal acgdb.eu adpugh adsd affecting alhsalumni aliban allowed allthegoodnamesaretaken 
 almiswelfare amazon-aws andrewclaude anonymized aspireviastudios at0mik automisly awdrt awesomesaucemail awiki axiz 
 baileybridge basscode batdongsanhatinh beautifulblessingsbeyondborders behatifoundation belamail benipaula bhuxp 
 blogmyway bookgame borged brasx bridgetonmainstreet briefalpha bristolstatehousefoundation bspamfree btthyto 
 burry.eu buspad buyusedlibrarybooks calvarystreetisa canfga carpin cartelera chanceforfuture childsavetrust chillart 
 chong-mail civx cketrust cl-cl claverfield cmail compareshippingrates comproa comyze contaco coolimpool cooljump 
 cornwallaerospaceeducationtrust crapmail crogra cuirushi cutuvye cylab dakaka dalanshu damphen dawnwick 
 dawsoncountygunclub de-a deadchildren deallabs deepmails digdig disbox dmcelements dodgit dogclothing 
 dorothyfoundation doulas dreamadventure dreamclarify dunamispfm e-mail eastcombe eduip.eu eggbanjos elearningjournal 
 elpisproject email10p emailplay emergentvillage epurcf ero-tube ethersports etranquil expiredtoaster fdsgsd 
 fer-gabon ferngrove fexbox fightingzebras filmla findmeghana firstlawyer frankhealeyfoundation free-temp-mail.eu 
 freedomcentremereside freedrops freeimagehosts freeimghost front14 fuckneo fullangle funnylolcap garbagecollector 
 garbagemail gmatch gotmail gotrak grabafilafoundation gs-arc gsredcross guerillamail guerrillamail gukox h8s 
 halcroft handsofhelpinc happyheadshed hatespam hazmatshipping healingheartmission healxo helpinghandtaxcenter 
 hidebox hidmail highbros hola hotelplazer howardgiving hubaiclass hutathuww i2pmail iheartspam inboxclean 
 incognitomail indianahorsecouncil inggo interstats intlgalleryheritageculture intopwa ipinf.eu ipoo ipsur iraniandsa 
 jackierobinsonparkoffame jasonswheels jetable jpco kalapi kamete kd2 kdpsl ket-qua knaresboroughtownmuseum kontoko 
 kpmn-design kv2vpn.eu labworld laxiw lazerbade lebetrust liveforms londonyouthsailing lordofmysteries lostnow 
 lovecalculatorname lovegivingsadaqah luckymail mail1web mail2rss mailapril mailbucket mailinator mailmay mailorg 
 mailp mailzilla mailzy mama3 marchguidesassociation markandvirginiarometty markstonehub max-mail medicichoir 
 megasend meocon metadownload michaeladmin midlertidig midwestpride missionbulldogs mitico moeri momroad moonapps 
 mrphoto muratec.eu mwarner myspaceinc n1nja naacpadvancement naocan newgreenpath newsteadabbeypartnership nezdiro 
 nigeriansincoventry nowhere nucleant nuox.eu nwrlr o2stk oerpub ogrencikredisi omnievents oopi oposite 
 outdaremusicdevon p33 pandorasboxproductions pecinan picturehostel pinehill-seattle pithu pixelcroft pleasenoham 
 plowcreek pongpong poofy pratikmail prestige-leadership pro-tag purelogistics purifyzed rbb revolvingdoorhoax rfc822 
 royaldoodles sam1.eu seasonofgrace selfdestructingmail sendfree sex520.eu sfacg shadap shahabnoor sharedmailbox 
 shhuut shiphazmat shippingterms shitmail slowpokerfrance slyouthuk smapfree24 socialfurry solarunited soscandia 
 spambob spambox spamcon spamcowboy spamfree24 sportcornwall sportsfunlifestyle storiesonthestreet 
 stpaulsgrammaralumniusa strayhood superbowlstarttime supplementwiki svipcun.eu svxr swiftcroft tanukis teamnewmexico 
 techusa teewars temp-mail tempemailo tempmailyo tempomail temporalemail tensi thediamants thedorsetcarershub 
 thelimescommunitygarden thshyo thunkinator tidewick tigrisstem tikmail timbourkescholarshipfund tinoza tinytimer 
 tlpn tmail1 tmail2 tmail3 tmail4 tmail5 tmpmail tohru tokfly tormail trashmail treesforderby tsmtp ttirv 
 uddinfoundation ukev unimark vaati vaupk velmoor vfwladiesauxin viewcastmedia vinatissue vncctv voicesforchangeinc 
 volku vorga votiputox vuket vulcanpioneerjers vutrugay walala wegwerfemail wegwerfmail wegwrfmail wetrainbayarea 
 wh4f whiffles whirlygirlink whispermail whoopza wicfolhumanservices xehop xn--jxsa73o.eu yedi yilue.eu yummymeow 
 zhaji.eu zhousj.eu zoemail zoetropes 
.ovh
 bdm blip fazka frm idf it7 jmail lerch mpk next oku oky priyo sendgrid sgm toolbox ukm urgentmail usm uu2 yabes zx81 
.party
 ask15da dsgvo 
.pet
 xcf 
.pics
 awa vips yun 
.pink
 any cream merry 
.pl
 10minut.com 10minutmail apple.edu ares.edu bcm.edu beta.edu bij btizet california.edu collegewh.edu cross.edu 
 don.edu dwse.edu edumail.edu edumaili.edu edumaill.edu edupolska.edu ee1 ee2 email.edu fastmail.edu findu france.edu 
 gng.edu gold.edu ionq itmo.edu koszmail kyal mailedu.edu mailer.edu mailers.edu mailo.edu melbourne.edu migmail 
 mona.edu moza munik.edu nabaxox.edu naka.edu nik.edu ohm.edu outlook.edu oxfo.edu paris.edu privmail.edu privo.edu 
 priyo.edu realize.edu reason.edu remind.edu singapore.edu sonjj.edu studyhub.edu sydney.edu telecomix tokyo.edu 
 usa.edu uue.edu yomail.edu zalesie.net 
.plus
 inbound mailto tempmail toolnator 
.pm
 cek fanclub 
.press
 f2c indosukses 
.pro
 10minutemail afia appremiums art-en-ligne banclone barnrestaurant bcmail cangcutku car101 clearbeam dwiworka email1 
 emailabox emailaoa emailawb emailax emailbbox emailcbox emaildbox emailfoxi emailo emailvb emailwww emaily f2d f2e 
 fosil gear3 getol hidemail homecut hotelpiesi last-chance loan101 mailfast malioter ndut noshiper nyxmail ogoplace 
 omail openmail orgmail pivotylabs planworker puji saungadaid solar-impact taikhoankiro tirasya tzrj waterpalace 
 whitemistral xpremium 
.pt
 avls 
.pw
 azame bdmuzic bdq8 btcmail cane cozilla crazespaces dona f2e f2f garasikita i2b i2c inboxed indomaed 
 linkedintuts2016 mepost mm2flip nomail pewpewpewpew pulsix richfinances secmail smarttalent toss vesa vipmail vuiy 
.racing
 kumli 
.re
 gob mbox mirai moimoi sofia tapi 
.reisen
 rabiot 
.ren
 yuki 
.rest
 bjorwi messwiththebestdielikethe pozima 
.rip
 dona farah 
.ro
 0v 0w 9q agger andreihusanu anit bcb bgx blogspam cfo2go coza csh dab dhm dmarc dnses emailtemporar epb gzb hmh icx 
 istii jdz jmail magicbox mailed mji nh3 nonze opendns proprietativalcea qsl rvb sast spamtrap tefl thex token tyhe 
 vda wlist xcode xww ycn yodx yoo 
.rocks
 jamesjfattorini remarkable v6 
.rs
 edumail.edu mona.edu okcx.edu temp-mail.edu tmail.edu 
.ru
 0815 0845 105kg 2012-2016 4nmv 50set 5oz 6somok 9mot aaqwe all-cats antireg aquaguide asdasd autosouvenir39 b7s 
 bank-opros1 beribase beribaza berirabotay blackgoldagency bobgf box-mail boxem boxlet buccalmassage c-newstv cbty 
 darkserver datenschutz diplom-voronesh divismail dlemail donemail dozvon-spb dred dsgvo e-marketstore edgex 
 elki-mkzn epbox epostal esbano-ru etotvibor extremail fasssd fermaxxi fexbox fitnesrezink flemail fncp freerubli 
 freundin futcost fuvk geew ggvk girlfriend goplaygame gosuslugi-spravka grugrug gruz-m hairs24 happydomik helpjobs 
 hxopi inboxnow internet-v-stavropole jwork kaengu kamen-market karta-kykyruza kino-100 kismail konultant-jurist 
 korona-nedvizhimosti koshu lackmail laxex le-tim llogin ls-server mail666 mailboxify mailboxly mailboxy mailzi 
 mamulenok mark-compressoren mask03 medkabinet-uzi mfsa momentics moy-elektrik mswork my-pomsies my-teddyy 
 mysugartime naah naslazhdai neotlozhniy-zaim newfilm24 nnoway no-trash nocp oborudovanieizturcii odnorazovoe 
 olimp-case oloh olypmall oonies-shoprus oovk p-banlis para2019 pfui phone-elkey pitaniezdorovie pivo-bar pizu plhk 
 pochtac poehali-otdihat postbx prazdnik-37 rosebearmylove ryyr shotmail sidelka-mytischi siftportal sim-simka 
 softkey-office spacebazzar spambog steam-area stomatogomail stylist-volos technoproxy temp-mail thoas top-shop-tovar 
 top1mail top1post trend-maker trixtrux1 uhhu ultrada unmail viewbuster vjoid vkbb vkbt vkcbt vkcode vkfu vkrr 
 vremonte24-store w-asertun walkmail wecp wikidocuslava wwvk xeovo xepa xxvk xylar yecp yeezus your5 yxdad z-o-e-v-a 
 z86 zarabotokdoma11 zaym-zaym zcovz 
.run
 omfg sanfnge wandouyu 
.sbs
 afternea agentloop baiyucraft capcut civicseedling commoncove connectifyhub dprasu duckmail exzork friendlyhollow 
 fynix gomomy ioioioio jhfnre-kjf jonira kelimo kindnessjunction kinfolkcanvas kurin laicai8 licenses localmingle 
 lynex makoli neighborhoodtide nexio pelviro shanhaijuli sharedwillow simoka smell socialist sproutassembly talkup 
 togetherbrook torvila veo3ultra vulca xelio yasuo yodwg zeroai zivox zmypxprb 
.school
 78 darkemail 
.schule
 griuc 
.science
 thunderbolt 
.se
 appc ceed lez lkgn mm5 slaskpost tandlplith trashmail urfunktion 
.services
 myindohome reclameaqui 
.sh
 ftp 
.shop
 18t5b 51mail aakingcompany abc179312 ak6lay ardsp atelierdelune atkshop axionintellex baicai1145 baizoto bananaspace 
 baybumutan bnrlner breezybundle brightbasketry bx52ff4a canvaspace capcud capcut02 capcutmeflo capcutmm chatgptmail 
 chomolokko choner citruscarton congacone312 cuahangvppn cyberionexus dantriviet dsfsfdsfds emailmuaqat extraku 
 fdsregre foxglovegoods gamadaiz gamerai ganlin gcpfas gnwzqaz gsttony hanghai232 happyhorsespace hesoyam highstar 
 honeyparcels hotboyckdh hotboyckdh1122 hotboyckdhn55 huynhlx ickletonrelief joihonm jojolt kanlangld kimzavin kiwkiw 
 lakeground launchpadx liang-tts lightnestmarket linzefor liopsacac luminix1 lunetra lynwise mahreenlifestyle 
 mailfor1month makesomestone maplemarketry markaihub masteryforn mayre mgdns mikesomelike monyal moonlitwares 
 moonstarsun narsub nbskyhope neroki nexverseal niceground niwave northwindfinds noship nosubcriber omonomon 
 openclawskill pebblepouch premirum premiumsigma primered productmm qentic rezalabs riposh sadrain saisonhama 
 salakoais sasukiez seedancespace shopvipduzk666 shopvipduzk6868 skyhope666 skyhopenb skyhopenba somestoneair soson 
 stoneground sunmoonlight sunstarmoon techcyber thebest73 thoitrangnam2024 tiktakgrab tomhouse trandigabapoe 
 treterter trustedadmin2 tuethong twskyhopenb usaishop vercelspace vesdev01 vinhdo vothanhtuan vsdsd23gsdf wanva 
 windsurfcom wudiai wxf07 x80la xn--di5au2k ydhfks yingzi321 yurovovault zkfdwz 
.si
 drevo hi5 inbox piki 
.site
 1-second-mail 1sec 2likemobile 69flix 9me anajakstore appsdjheru arkoo asajv2ray blockare bulapolo bumail chauhuy 
 chingchongme cipcup cloudgue clousy codei codestar cooh-2 dapdigital datdonshopee dinlaan disposable docse 
 dohoanganh dr69 duyquyen ebar edankeunwe einzieg emailhook emergencymail enowgntg f2b fasl4kas3 firerocket 
 flashemail footballgamesbd foothilltoy frive gblw gmail-xsniper gmailxsn graphicanal graphicbulk graphicdany 
 graphicedge graphicenda graphiclean graphiclens graphiclever graphicmen halamaridfcfs haleloya hellodns higuruma 
 hokyflix hosthalting hungtpt huytuyen inflyratech insgrmail irinakicka jazzvip jisankhan1 kapten kawneha kepkat 
 killlove kingproplan kodeholik kreabaka lastexile lbrmail666 leoguio lonaxter maildy mailforgo mailw mainkask 
 mamangbadrut matra memsg mitraprem mixmail mnvr monomoho mywrld nailooong nexushost nondon norovpn oceva oliespace 
 one-sec-mail owovo parthxxtoasts phmail pkdigitalmart pmail premierr premiumcrome premiuminternet printz priyo 
 priyoemail quantumeridian ramin200 reestore refk regvippro reusecomputers rexornge rgbeastcomputers rikka0612 
 rimshacooking rumahweb rynetvpn samaltour saovangtiles seedspeed serbaserbisoftware sexymeowers sidlabs snapmail 
 somadethcdk son2d spotiy starbalance substoretools supergrok sylnetdns sylnetgcp syntheradynamics teligmail 
 tempomailo tommyfommy torkakak trieuhao trustedadmindns tuyenchau tuyenhuy velloxist verityemail villaxoa 
 wansnode-dice wearkeymail webhook wintersmail xcucngon xiaokong ximenor xsnipersquad zain zikzak 
.skin
 aqim cjgq dcyo dhkt edfc eedl evjy ewma fazs fjic ftrh gcfv gcphanter hkuv hvhg hviy iafu iqec jnad kcya kpxj mrnz 
 msvw mukn mwlp olzx opog oqgd oyoa ozjp pdmy pgxh pnaz qcai qfnt qkwv qkxm qukv quml qvcq qvwi rulp tako tgoj txqx 
 ukwv urvs urzy uyqs vdzc vjbl vmbx vnqi vpbz vpkv vqdz wdhu wjah wpnf wvdg xgng xhke yfnc yxkm zlzu zqwn 
.so
 bigprofessor irc linuxmail 
.social
 jywa kajaib s-mail 
.space
 12friday 1secmail abouse aeerso aihubtools akjaey ankiclub atkshopp atnetcloud atxc aureliandata beastmail bunnyhub 
 capcut chilloliandfii forapps gamerai gcpripon getemail gmail-xsniper gmailxsn i2b inboxfast inboxfly inboxopen 
 j3r8qd johorulcloud kimora liuyuyu makoli monglung omnilog pipemail polvexar prestore pvnmax quantorynexus 
 sexymeowers simranaitech spacexyz spacezin starpower tianstudy tradr xazymarcie xelu xgcpking xsnipersquad 
 yourspamgoesto 
.st
 auti biz ind thc vpn xxl 
.store
 13512863687 199411 aaqwe afeeyah agencysq agenpremium aifreeuk aisub andrewclaude artsdigi artsdigital ayumas 
 bar-ton bbmail bcnet bilingva-ca bobgf box-mail boxem boxlet browzensw cbty cheapmori cunan deajeng diddyricky 
 digibeast eligou elitepixels epbox epostal fasssd ffpp fgtygcop fncp fommie fpt-student-support friday12 funnylolcap 
 fuvk gdcrm gemipro1 ggvendas ggvk ha92 hethongtudong hooooooo hosthalting hotelplazer htmail hubhost 
 huongvemientrung hxopi imranbt inboxnow insanony ionolenonos iuanhoi jgjitffy jojomedia kakslsie kokalo korimoddin 
 kuromee laxex lazerbade leviacerman mailboxify mailboxly mailboxy mailnoop makmursrondol mameganteng meomo 
 michaeladmin mmo365 modolku muetop mynoop naah nategetvpn newmano nexarsh nexarshop nghienplus nhoopmail nocp nondon 
 nooploop novaspherelabs nowrouter okauq oliviadiffuser oloh oooooooo oovk ottsathi pastipremium picturehostel 
 pipmmotube pizu posta postbx premiumapk premiumonebd prohisi puffiqo pushcom qydxproapi raveqxon rilzz rnvvpn ryyr 
 sekotong serbaprem sexymeowers sihanoma slowpokerfrance solkill soniot sparxautomationhub spiedemtion stardust-2 
 starlight streamwolf substoretools taohucom temppppo ultralabs24 vjoid vkbb vkbt vkcbt vkfu vkpr vkrr wecp whoopza 
 wintersgf worldlylife wwvk xxvk xylar yecp yomand your5 yummymeow yxdad zarkbin zcovz 
.stream
 1000rebates indoserver rebates 
.studio
 3xu devsonline dyera musiku nightfood 
.study
 talkmatrix 
.su
 0815 asu spam 
.support
 accountscenter 
.surf
 netfusionhub 
.sx
 glitch 
.tattoo
 sexfrancecute 
.tc
 ze 
.tech
 0cpub2 2likemobile 51baidu 6ys aiuu akolay bocas busyaz dev17 dnslog f2b farouter hoanglong ichecker j5bie4 kazava 
 lellol lyngo marhumal mohmal myamya ooioo outlookapp rfods ruinique sampsave skyemails tfbnw toolourles 
 transaksikita unimain utkarsh wbdev wildan zhjjq 
.technology
 rejo 
.tk
 10mail 1fsdfdsfsdf 2fdgdfgdfgdf 3trtretgfrfe 4gfdsgfdgfd 5ghgfhfghfgh 6hjgjhgkilkj anotherdomaincyka arur01 astonut 
 azazazatashkent azmeil badpotato caseedu ckaazaza clonemoi curlhph dasdasdascyka deadfake discard domforfb1 
 domforfb18 domforfb19 domforfb2 domforfb23 domforfb27 domforfb29 domforfb3 domforfb4 domforfb5 domforfb6 domforfb7 
 domforfb8 domforfb9 doquier email-fake emailage emailspam emkei fakeinbox fbma fixmail flymail foreskin fragolina2 
 frappina get-mail getairmail hackersquad havertz hot-mail hukkmu inbax inmynetwork ippandansei itit jumonji kadokawa 
 krsw krypton ksmtrck liveradio login-email mailadresi mailfa mailita mailjunk mdhc monachat muehlacker newbpotato 
 pagamenti parlimentpetitioner penoto predatorrat puttanamaiala regspaces resgedvgfed salmeow schmeissweg shitaway 
 skrx smallker smellypotato social-mailer sonny spamfighter stop-my-spam trash-mail umombiss ushijima1129 vaasfc4 
 ver0 vickaentb visal007 visal168 wfgdfhj wierie wolfsmail xy9ce yabai-oppai 
.tm
 mail 
.to
 blackmarket edv junk ovpn qc tonne trfu uk us 
.today
 mokondo nospam 
.tokyo
 f2b graphicedge graphiclean mirasync tokyoflarex 
.tools
 yours 
.top
 21mail 24mail 2likemobile 5yaochu 91tanhua a--i ads24h afse-gh agylzuv aifmusic alightmotion andrewcluh anonmail 
 anvjobvnu apexone asgzs atmemail atnet bgyiacczy bitwhites bjvc brightpeaklet buddyfly byiepsxqu byjkprh c-tta 
 caqcut cauterize cbasosbr ccqu cdxugmy chatclaude chenbufan cloud-mail cmbl codesuc codywon crczrsxls crestlantern 
 cxbl cyjd datchuban dayizhan dh372 donkicode dotool8 doudizhu dpfrufiwo duya25446 eoffice ethereum1 ey-hungry 
 fbkjlnry fcetpkqwm fdmail feiyujingxuan fenzhuai flyhubs fucknloveme fuckxxme g1xmail g2xmail g3xmail gamail gbmail 
 gcmail gdmail getmails gghjnvgfyjhk glcspp gmaiil gmx1mail gmxmail gpt20260701 gqov grqccqbwg gxmail happy-new-year 
 herilev hfogzua hhan highnestle hilltopcove hnfw-ngd hornyalwary hostguru hotmail-us husng-kang iolq iqfucsod 
 jhphoto jiongguo jjuisyj jzzm kaw-sar kaybooks kayfilms kaygroup kskblzdjdwkzkbl kuailesidiwen lanstudio lcvfdvynb 
 llciuoau lloudfsxly locantofuck lxydawang mail-now mail1 mailapp mailclone2023 mailt mikumirai mkseiuuda mlgmail 
 mobilevpn mongrec monity moutianwuliu mxhquxyi mymrxuyrd mywrld nbvrluhsh netn newmail niwave noexpire noinspect 
 northpinnacle nxdbxd okcxhssgk one-mail openedclaw orceqjqw p-aac p-ttz pesagilt pinnaclemeadow pobbofqd pp-n6 
 primeorchard privacy-mail priyomail profast puxa qcgmtzhzh rdsekaunx relayne rensumo reovipvpn rfzpnrbpv rkzpcx 
 rwxsxnomo s-mdg s1q59z82q sads-ads-awe sakurapink sds-awe sesasdl sexyalwasmi sheerid siroja skrhqfnya spacework 
 storiqax storj99 summitcabin sx227 sx235 sx697 sx856 sx872 sx882 sx992 sylnetgcp sylnetx1 t6s7 taseek tbterqwzv 
 thdfyrg thispy tianblog tokyo112 topren toupiao7003 tscasalnt twskyhope uqqlrdi us-x uspsp vwagamlk webmail24 wemel 
 were-w whf222 worldcoins wrqj wwdskboiv wwefd xapimail xbaby69 xcvuaylik xitler xmyvgkvw 
 xn--ihq4pool8g32cwxiiqcovaa9159jhvah03g yahmail yangzazhong yanhd-jkd ybidbccmv ygebjd8-ktyd yihacihuy yjlwcbrf 
 ynnord yrppwsekv ysfuddr ysngdtw55n ywzmb yxxawa yydsplus zcdpbx zmnai zsts zxhyzlwcp 
.travel
 sidneymichaelpoland 
.tv
 galaxy irssi mailtv nori24 xn--rhqv96g 
.tw
 end hpc ohi sino 
.ua
 6th.pp add3000.pp ass.pp chatgptuk.pp dao.pp druzik.pp eml.pp express.net fake-email.pp freemails.pp get.pp ip4.pp 
 ip6.pp jetable.pp jiaoo.pp jobsma.pp lak.pp loh.pp mailbox.in mariyaa.pp mox.pp pig.pp pitiful.pp ppedu.pp rua.pp 
 stop-my-spam.pp temp-mail.pp tempmail.pp throwawaymail.pp web-mail.pp yopmail.pp 
.uk
 1000acres.co 10minutemail.co 14club.org 14n.co aard.org abbellerfani.co aberllefenni.co abusultansmarty.co 
 abusultanvipo2.co acreadingroom.co addrin afgpuk.co aligroup allumhall.co ano2.co appmail asiafootball.org bangban 
 bathdf.co bespokehaircare.co beyondreasonabledoubt.co birminghamlife.org boxfi bradingtowntrust.co 
 brightfuturescharity.org c4pro cade.org catgroup catterickgarrisonfootballcentre caye.org cbvl.co ccmail 
 charityrcao.org churchestate.org churchhousemanaton.co churchinsouthampton.org club106.org cocoro cok.org 
 cosycritters.co cwetg.co e-pool e-pool.co eacademia emailgen englishcriketclub.org euroallsports.org evilgodshop 
 examcentral.co factoryuk.org farrse.co fifafotball.org fighthunger.co firstaidtrainingschool.co flock84 
 forgetmenotstudio.org friendlymail.co gemmarosefoundation.co georgefletcher.org georgeheddon.co ghiyugh ginzi.co 
 ginzy.co goatmail golano2.co goleudy.org gonida gonida.co gossipglove gsoleyfoyle.org gsrv.co gynzi.co haadishah.co 
 hamham haren harpix.org helpthechildren herlan.co hhe.org homestartbromley.org hottchurch.org icelandgcp.org 
 ickletonrelief.co instaddr instmail jamesthynnealmshouse.co jisan jjfcharitabletrust.co jlpevents.co kemail 
 kempstoncharities.co lifetreechurch.co littlemvh.org lokenathassociation.co lordfortescue.org lumg lutech 
 lympstonevillagehall.co mail4 mailba mailinator.co maillog mailuniverse.co marchguidesassociation.org 
 markableytrust.org mebeiuk.co mediaeast meef meruado middletoncheneyuc mobileninja.co momoi mtdalmshouse natange.org 
 nekosan netcnet netherfieldvillagehall.co newconnect no2bullyingatwork.org nodejs oneummahorg plugintonature.org 
 poolemethodists.org positivevoiceteesvalley.co primebulidv1 priyomail punchbagartgallery.org pureheart.org qlhub.org 
 rainbib.co rccgmanifestinghisglory.co remoteflyer.co reverendneedham.co rhalmshouse.co riffproductions.co 
 risinggirl.co rotomails.co royalpriesthoodagc.org rtrobinsbequest.org s4sfoundation.org saturrshop send4 sendapp 
 shchiba signsoflife.org sitwelltownlands.org smpcharity.co sneydgreen-communityhall.co southeastessexanimal 
 spamthis.co speaknow.org specialneedscircle.co star-fish.org stepsofhope.co swissokalmo.org sytchamptoncc.co tatsu 
 teambunnyfoundation.org tehillahpraise tempinbox.co tenhub thameschamberorchestra.co thecwf.co thelifecentre.org 
 themccarneyfoundation.co thomasblackerby.org tiksofi tivertonhospitalleagueoffriends.co tomvnet trainthem2fish.co 
 trangzim tsdpt.co tstrust.org tyoless.org ukshop538yt unitedcharitiesosm.org valueineveryone.co vernonbourne 
 w3internet.co wanting2work.org wargravepreschool wohbc.co worldcricket.org wtjinkintrust.co xunika 
.uno
 alwayss qsuo sssvcv wwvec 
.us
 10minutemail 12bclass 1ce 4-n 51www 6ip 99mail abacuswe abilitywe abovewe absolutewe abundantwe academywe 
 acceleratewe accentwe acceptwe acclaimwe accordwe accreditedwe achievementwe achievewe acornwe acrylicwe activatewe 
 activitywe acuitywe acumenwe adaptivewe adaptwe adeptwe admiralwe adoniswe advantagewe adventurewe adventwe 
 advisorwe advocatewe aegiswe affiliatedwe affinitywe affluentwe affordablewe afterhourswe agendawe agilewe agorawe 
 aheadwe al-qaeda albionwe alchemywe aliaswe alivewe allaccesswe allamericanwe allaroundwe allegiancewe allegrowe 
 allgoodwe alliancewe allinonewe alloutwe alloywe allprowe allseasonswe allstarwe allurewe almondwe alphaomegawe 
 alpinewe altairwe altitudewe altuswe amadeuswe amberwe ambiancewe ambitiouswe americanawe americasbestwe americaswe 
 amicuswe amplewe amplifiedwe amplifywe analogwe analysiswe analyticalwe analyticswe analyticwe andthen annd antttool 
 aron au1688x aumails bbhost big1 bitymails bnyhr boatmail bund buyreview charl coolandwacky ctmailing cttnoot cutevi 
 daibb deekayen ernestturcotte etics fluidsoft freedompop g4hdrop ghk55 gmailedu hdcroom hhyru hidemail hkvtop hmail 
 icbr j-p kattthu klick-tipp l-c-a lags lazyinbox loadby lr7 luv2 maileduvn mailfortiktok mailhazard mailinator 
 mailold moonikent mtnewtoy nbspace nospam4 nospamfor npobox ntto nttoadmin2 okrent phmail phpto priyomail qbfree qiq 
 qvttclass ra3 rael severnday spambox teleworm tempmail temporaryemail tiktokus tlktok trustdomainvn trusticloud 
 trustmailold tubebox ucche uiu utiket uwork4 vtxmail writeme xost xvx xxlocanto xxolocanto zzeu zzi 
.vc
 hs ye 
.vip
 1820mail codexrip fisdom lovepet mygoo novaprime oiioii tempmail trustguru xiiqtg 
.vn
 5xu atomauto ckvn.edu dpmstore.id ducpham.id dulichdatlanh f1b f2b fbb fbb.id gddp2018.edu gmaill hathitrannhien.edu 
 heyzalo i2b i2b.com i2b.id i2c i2i i2m i2n i2p i2u i2x imail.edu inly instagr instagra kendev.id ktpingprox.id 
 nangspa nanoskin ptnstudio reviewfood smakit smtp.id tempmail.id tfbnw.id 
.vu
 pi 
.wang
 zhanhuokma2 
.webcam
 damai 
.website
 1secmail airmailbox alightmotion facemac gamerai inboxly mailllshop thisurl xoxo3 
.wf
 fag 
.wiki
 busd-mmjd3 clout hnfw-ngd imagic jksndh-afd2 solventtrap 
.win
 copyhome gbcmail gedmail girlmail gmxmail googl gpxmail hccmail instaddr outmail sendnow vemomail voidpop 
 wecanmakehit yamail yannmail 
.work
 conf contactbox eposta fviamail jiaxi lefruit-dev neosstudy pizuhdev twitch visualnest 
.world
 cloudgen f2e katputli maswae tempmail v2v 
.ws
 bareed bcast buzzcut indirect moakt netcom no-spam shut tempmail tmail trashmail 
.wtf
 alph mail ug 
.xin
 givemetoken temporam 
.xyz
 010530 020307 045692 092088 10mail 10minut 10minutenmail 11166666 114514279 1234211 130723 13282298 151668 164109038 
 16816889 179297 2003066 20253025 202608221 216222 22345377 247airconrepair 247coolcare 247fixit 247hvacservice 
 24x7fixit 24x7hvac 264341 269966 2likemobile 3333366 3435637 401010 497000 499713376 521883 522885 5ixmonth 628868 
 636364 662602718 689345 729406 7362354 78511939 792792 862808 875888 911666 920325 931123 94587293 950410 971007 
 981027 992551 acalbarsha accare accheckup acdesk acdoctors acexpertsdxb acherouae acidservices acmudon acprosdxb 
 acrepairuae acservicesdxb acservicesuae acserviceuae actuneupuae aczabeel aczonedubai aczonedxb aczoneuae adsjii 
 airconakoya airconalquoz airconcare airconcitywalk airconcleaningdubai airconcompanyuae airconcontractingdxb 
 airconcontractinguae airconcontractors airconcrew airconcrewdubai aircondcare aircondcleaning aircondeskdubai 
 aircondeskuae aircondmedic aircondtuneup aircondworks airconemaar airconexpert airconfestivalcity airconfixdxb 
 airconinstallersuae airconlabuae airconmaintenancedubai airconmaintenanceuae airconmiddleeast airconmudon 
 airconnadalsheba airconprodubai airconpros airconprosuae airconservicedxb airconservicesuae airconserviceuae 
 aircontechdxb aircontechuae airconzone airconzonedxb aircoolmedic alldayaccare allinaircond allinamcmaintenance 
 allinhvactech alphaairconfix alphaamcmaintenance alphacooltech alphafancoil amccare amccompanydubai amccompanyuae 
 amccontractingdxb amccrewdxb amcexpertsuae amcfixitdubai amcfixuae amcguysdxb amchandymanuae amchubdubai amchubdxb 
 amcjlt amclabuae amcmaintdubai amcmaintenancedxb amcmaintenancemarina amcmandxb amcpointtower amcservice 
 amcshielddubai amcteam amctilal amcvictory amcworkstower amcworksvilla amiyiy anytimecoolrepair anytimerepairs 
 apexrepair24x7 apexrepairs apexthermo arcticairconrepair arcticcoolair arcticcoolcare arcticfreon assetactech 
 assetaircon assetairconcare assetaircond assetaircool assethvacrepair assetmaintenance assetscaredubai assetsdesk 
 banri bcnetlite best-vpn bestacmaintenance besthvacpro bestwashae bhana blueacmaintenance blueaircond bluecooling 
 breezeamcfix breezehvacmaintenance brightaircontech brightaircool brightamctech brodipek budgetac budgetcoolcare 
 budgetfreon buildingamcdubai buildingmaintdubai buildingrepair buildingsmaint buildingstechdubai c1ph3r 
 cancer-treatment caprasolver captainacmaintenance careporto caresportshub casterview chiefacfix chiefactech 
 chiefaircon chiefaircontech chiefamc chiefcoolair chieffacility chiefhvacfix chillerdesk chillerhelp 
 cityacmaintenance citychiller cityfixit cityfreon cleanacrepair cleanersdubaiuae cleanersemirates 
 cleanerspalmjumeirah cleaningdubaicreek cleaningfestivalcity cleaningpalm clearaircontech clearchiller clearclimate 
 clearcoolchiller clearcoolhvactech cleveracservice cleverhvacservice cleverrepairs climateexpert 
 contractingcherrywood contractingdifc contractingzabeel contractorsmajan coolairguys coolairmedic coolairservice 
 coolairsquad coolcareuae coolclinicuae coolcontractsameday coolcrewuae coolexpertsdxb coolexpertuae coolingamcuae 
 coolingdesk coolingtechs coolingworks coolinstalldubai coolmaintenancedxb coolprodubai coolprosdubai coolrepairdxb 
 coolrepairuae cooltechdxb cooltechuae cooltilal cooltownsquare coolzabeel credit-loans crystalcoolservice 
 cursor13402 cutefrogs cybertemp dailycoolcare deepneko degar diamondacmaintenance diamondmaint directcoolfix 
 directcoolservice directhvacfix disposely djiv dswe-56f ductfixit ductingco ductingrepair dunefreon dunesplit dunkos 
 dxbcontractquick dxbmaintenanceuae dxbrepairquick dyclsr easyamcservice easycooltech easyhvaccare easyhvacfix ekot 
 elitemaint embege emiratesannualuae emiratiacpro emiratirepairs engineersdubaimarina engineerspalmjumeirah 
 enitempmail estatecoolrepair estatecoolservice estatemaintenancedubai exactaccare exactacrepair exactchiller 
 exacthvacrepair examstudy expertacmaintenance expertairconservice expertamcmaintenance expertcitywalk 
 expertcoolservice expertinstallationsdxb expertqusais expertsarabianranches expertskarama experttechgulf 
 expertwarsan facilitiesacrepair facilitiesrepair fairairconcare fairairconfix fairamc falconcoolmaintenance 
 fancoilsquad fanfanhenkuai fastaccare fastfacility firstamcmaintenance firstamcpro firstducting fixarabianranches 
 fixbarsha fixclean24x7 fixcontractexpress fixitdip fixitsprings fixmirdif fixtech24x7 forregmail freonexpert 
 freshairconpro freshcooling frostaircon frostamcdubai frostfixit frostsplit frostycoolservice frostyfixit 
 frostyhvacpro frostythermo fruitservice fullac fullaircond fullcoolmaintenance fullfreon garod1 gcpriponteam 
 gcptoday getamccare getbox89 getthermo ghfnhcf goacpro goaircool goldairconrepair goldamc goldamccare 
 goldcoolmaintenance goldcoolservice goldenmaint gruene-no-thanks gulfacmaintenance gulfclimate gulfhvacrepair 
 handymandubaimarina handymanfestivalcity havefundarling hdiscord hidebusiness hillaxiant homeacpro homeairconfix 
 homecoolair homecoolservice homesrepair homesservicesdubai honesthvaccare honesthvacpro houseaircon houseclimate 
 huangao hvaccaredubai hvaccaredxb hvaccheckupuae hvaccitywalk hvaccompanydxb hvaccontractorsdxb hvaccrewuae 
 hvacdeskdubai hvacdubaicreek hvacexpertdubai hvacexpertsuae hvachubdxb hvacinstallations247 hvacinstalldubai 
 hvacmotorcity hvacpointdxb hvacprosdxb hvacrepairuae hvacsatwa hvacservicedubai hvacservicesdubai hvacservicingdubai 
 hvacsolutionsdubai hvacspecialistuae hvacsportshub hvactechdxb hvacunitdxb hvacworksuae hvaczonedubai ibande 
 imagenbox installalquoz installdubai installkarama installmiddleeast installmydubai installwarsan instantaircon 
 instantfreon instantrepairs janestore jmt2469 kejinxi kiki287666 lapluz lixlord localairconservice localamcrepair 
 localhvaccare longsbkt loveuu mail101 mail11 mailtemple maintdxb maintenancecitywalk maintenancedamachills 
 maintenancedso maintenancejaddaf maintenancevictory maintmudon maintsportshub masbahlil master24x7 masterannual24x7 
 masterannualquick mastercareae mastercareexpress masterhandyman metroacpro metroamcservice metrofixit mtdog muell 
 mwqj myairconpro myfixit neoamc newairconpro newcoolfix nextamcrepair nextcoolrepair nexthandyman nhungdang 
 nobleaccare noblefacility novacontigencia novahvaccare nvqt304 nyxpanel oasisclimate oneaircon oneairconrepair 
 oneamcservice onecoolrepair onestopacfix onestopamcmaintenance onestopduct oryxhvacmaintenance oryxmaint 
 oryxmaintenance oshjr-24 paratrabajar passeone peakac peakairconfix peakengineeringdubai peakinstallations24x7 
 peaksystemsdubai pearlairconrepair pearlamcrepair pearlrepairs piscesbody platinumactech platinumchiller 
 playasiafootball polaramccare polarmaint premieramcpro premierhvacservice premiuminternetvpn primeacmaintenance 
 primeamcpro primehvacpro primemaint prkmail procontract365 progarhoud promudon prosbarsha prosdeira prosdubaiuae 
 prosemaar prosmirdif prossportshub prowashquick prowashsameday pureamcrepair purerepairs quickaircontech rafiv2ray 
 rapidairconservice rapidcleangulf rapidcoolfix rapidcoolmaintenance rapidducting rapidinstallations365 rbs1 rdklcrv 
 realseek repairannual365 repairgarhoud repairsjumeirah repairsolutionsae repairssportshub ricardo0911 
 royalairconservice royalcoolair royalrepairs royalthermo rtskiya rzbal safeamcpro sandduct servicenadalsheba 
 servicesalquoz servicesdso servicesmeydan serviceszabeel servicetilal sexfrancecute sexymeowers sharpairconcare 
 sharpaircool sharpfreon sharpmaint shxwonew si1ver silveraircool simplecoolmaintenance simpleducting simplefreon 
 skyhope666 skyhopenb skyhopetw skyhopewd skyhopewdf smartaccare smartamccare smartannualquick smartcooltech 
 smartfixgulf smartsolutionsfast snapmail solidairconpro strongairconpro stronghvactech strongmaintenance 
 strongthermo summitamc summitcare24x7 summitcare365 summitcoolcare summitcoolservice summitfacility 
 summitrepairquick summitworksgulf sureaircon surecoolrepair swifthvacmaintenance swiftmaintenancegulf swiftwashdxb 
 tarasbest techcitywalk techdubaicreek techjaddaf techsdamachills techsdifc techsdubai techsfestivalcity techsgarhoud 
 techstecom techstilal techtecom tellos temporam tfbnw tgmaiss thaitudang theducting thefixit topacservice 
 topclassacservice topclassduct topcleangulf topcoolmaintenance toptechdubai towerac towerfacility towerhubdubai 
 truecoolcare ttszuo tuku26012023 twskyhope uaecleanexpress uaerepairquick uaeserviceae ultraunitquick urbancoolpro 
 urbanmaintenance v-mail valueacrepair valueairconrepair valueamcdubai valuehandyman valuehvac valuerepairs vexaluno 
 villaamcdubai villaamcrepair villaclimate villasdesk villaspro virginsrus weatherbx whiteaircond whiteairconfix 
 whiteamcservice whitechiller whitehvacrepair wsvpsft wuespdj xcvv xpromail xswl yangzhai yearlyamctower zenithac 
 zenithaccare zenithaircool zenrepair365 zenworksfast zephyracpro zephyrairconpro zephyramcpro zephyrhvac 
.yachts
 bashyrcn zellio 
.za
 10minutemail.co bigwhoop.co tempemail.co 
.zip
 mailbox 
.zone
 gregorsky 
`;

/** The names by top-level domain. Made when the hook is loaded, not in each run. */
const NAMES = new Map(
  DOMAINS.split("\n.").map((section): [string, string] => {
    const end = section.indexOf("\n");
    return [section.slice(0, end), section.slice(end)];
  }),
);

/** Whether the domain, in lower case and ASCII, or one above it is known for throw-away addresses. */
export function isDisposable(domain: string): boolean {
  const labels = domain.split(".");
  const names = NAMES.get(labels.pop() ?? "");
  return names !== undefined && labels.some((_, index) => names.includes(` ${labels.slice(index).join(".")} `));
}
