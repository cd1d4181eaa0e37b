package logs

import (
	"fmt"
	"time"
)

// Devices and programs of one person.
var deviceKinds = []kind{
	{name: "android", step: 100 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %5d %5d %s %s: ", d.now.Format("01-02 15:04:05.000"), 1700+d.IntN(3), 1700+d.IntN(9000), d.pick("D|V|I"), s.from)
	}, statements: []statement{
		{100, `acquire lock={big}, flags=0x{n:1-9}, tag="View Lock", name=com.android.systemui, ws=null, uid={n}, pid={n}`, "", "PowerManagerService"},
		{90, `release lock={big}, flg=0x{n:0-9}, tag="View Lock", name=com.android.systemui", ws=null, uid={n}, pid={n}`, "", "PowerManagerService"},
		{60, `acquire lock={big}, flags=0x{n:1-9}, tag="*launch*", name=android, ws=WorkSource{open}{n}{close}, uid={n}, pid={n}`, "", "PowerManagerService"},
		{60, `release lock={big}, flg=0x{n:0-9}, tag="*launch*", name=android", ws=WorkSource{open}{n}{close}, uid={n}, pid={n}`, "", "PowerManagerService"},
		{40, `acquire lock={big}, flags=0x{n:1-9}, tag="RILJ_ACK_WL", name=com.android.phone, ws=null, uid={n}, pid={n}`, "", "PowerManagerService"},
		{120, "ready={pick:true|false},policy={n:0-3},wakefulness={n:0-3},wksummary=0x{n:1-99},uasummary=0x{n:0-9},bootcompleted={pick:true|false},boostinprogress={pick:true|false},waitmodeenable={pick:true|false},mode={pick:true|false},manual={n:0-99},auto={pick:-|}1,adj={f}userId=0", "", "DisplayPowerController"},
		{120, "printFreezingDisplayLogsopening app wtoken = AppWindowToken{open}{hex} token=Token{open}{hex} ActivityRecord{open}{hex} u0 com.{dotted}/.activity.{simple} t{n}{close}{close}{close}, allDrawn= {pick:true|false}, startingDisplayed =  {pick:true|false}, startingMoved =  {pick:true|false}, isRelaunching =  {pick:true|false}", "", "WindowManager"},
		{80, "getRunningAppProcesses: caller {n} does not hold REAL_GET_TASKS; limiting output", "", "ActivityManager"},
		{60, "Skipping AppWindowToken{open}{hex} token=Token{open}{hex} ActivityRecord{open}{hex} u0 com.{dotted}/.{simple} t{n}{close}{close}{close} -- going to hide", "", "WindowManager"},
		{60, "setSystemUiVisibility vis={n:0-9} mask={n:0-9} oldVal={n} newVal={n} diff={n:0-9} fullscreenStackVis={n:0-9} dockedStackVis={n:0-9}, fullscreenStackBounds=Rect({n:0-9}, {n:0-9} - {n:0-9}, {n:0-9}), dockedStackBounds=Rect({n:0-9}, {n:0-9} - {n}, {n})", "", "PhoneStatusBar"},
		{60, "notifyUiVisibilityChanged:vis={n}, SystemUiVisibility={n}", "", "StatusBarManagerService"},
		{50, "cancelAutohide", "", "PhoneStatusBar"},
		{50, "userActivityNoUpdateLocked: eventTime={n}, event={n:0-2}, flags=0x{n:0-1}, uid={n}", "", "PowerManagerService"},
		{40, "Acquiring suspend blocker \"PowerManagerService.{enum:WakeLocks|Display}\".", "", "PowerManagerService"},
		{40, "Releasing suspend blocker \"PowerManagerService.{enum:WakeLocks|Display}\".", "", "PowerManagerService"},
		{40, "computeScreenOrientation: rotation = {n:0-3}, lastRotation = {n:0-3}", "", "WindowManager"},
		{30, "setLightsOn({pick:true|false})", "", "PhoneStatusBar"},
		{30, "START u0 {open}act=android.intent.action.MAIN cat=[android.intent.category.HOME] flg=0x{hex} cmp=com.{dotted}/.{simple} (has extras){close} from uid {n} on display 0", "", "ActivityManager"},
		{30, "startAnimation begin", "", "TextView"},
		{30, "startAnimation end", "", "TextView"},
		{20, "visible is system.time.showampm", "", "TextView"},
		{20, "visible is system.call.count gt 0", "", "TextView"},
		{20, "visible is system.message.count gt 0", "", "TextView"},
		{20, "addToStack, displayId={n:0-3}, stackId={n:0-9}", "", "WindowManager"},
		{20, "Killing {n}:com.{dotted}/u0a{n} (adj {n:1-15}): empty #{n:10-30}", "", "ActivityManager"},
		{20, "Force stopping com.{dotted} appid={n} user=0: from pid {n}", "", "ActivityManager"},
		{20, "Process com.{dotted} (pid {n}) has died", "", "ActivityManager"},
		{20, "onReceive, reason: {n:1-9}", "", "HwPhone"},
		{10, "query URI = content://{name}/{name}/{n}", "", "HwSystemManager"},
		{10, "Connected {enum:speaker|headset|hdmi}", "", "AudioManager"},
	}},
	{name: "health", step: 10 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s:%d|%s|30002312|", d.now.Format("20060102-15:04:05"), d.IntN(1000), s.from)
	}, statements: []statement{
		{200, "onStandStepChanged {n}", "", "Step_LSC"},
		{200, "onExtend:{big} {n:0-20} {n:0-9} {n:0-9}", "", "Step_LSC"},
		{200, "calculateCaloriesWithCache totalCalories={n}", "", "Step_ExtSDM"},
		{200, "calculateAltitudeWithCache totalAltitude={n}", "", "Step_ExtSDM"},
		{200, "getTodayTotalDetailSteps = {big}##{n}##{n}##{n}##{n}##{big}", "", "Step_StandStepCounter"},
		{200, "setTodayTotalDetailSteps={big}##{n}##{n}##{n}##{n}##{big}", "", "Step_SPUtils"},
		{100, "REPORT : {n} {n} {n} {n}", "", "Step_StandReportReceiver"},
		{60, "processHandleBroadcastAction action:android.intent.action.SCREEN_ON", "", "Step_LSC"},
		{60, "processHandleBroadcastAction action:android.intent.action.SCREEN_OFF", "", "Step_LSC"},
		{60, "processHandleBroadcastAction action:android.intent.action.TIME_TICK", "", "Step_LSC"},
		{30, "flush sensor data", "", "Step_LSC"},
		{30, "screen status unknown think screen on", "", "Step_SPUtils"},
		{30, "isScreenOn {pick:true|false}", "", "Step_SPUtils"},
		{20, "upLoadOneMinuteDataToEngine time={big},{n},{n},{n}", "", "Step_HGNH"},
		{20, "writeDataToDb size={n:0-20}", "", "Step_DataCache"},
		{20, "insertHiHealthData() bulkSaveDetailHiHealthData fail errorCode = {n:1-9},errorMessage = ERR_DATA_INSERT", "", "HiH_HiHealthDataInsertStore"},
		{10, "new date = {n:20160101-20171231}, type={n:1-40000},{f},old={f}", "", "HiH_HiHealthBinder"},
		{10, "tryToReloadTodayBasicSteps", "", "Step_SPUtils"},
		{10, "initDataPrivacy the dataPrivacy is {pick:true|false}", "", "HiH_DataPrivacy"},
		{5, "getStepCount failed, no binder", "", "Step_LSC"},
	}},
	{name: "proxy", step: 3 * time.Second, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("[%s] %s - ", d.now.Format("01.02 15:04:05"), d.pick("chrome.exe|chrome.exe *64|Dropbox.exe|QQ.exe|svchost.exe *64|SogouCloud.exe"))
	}, statements: []statement{
		{400, "{pick:proxy.lab.example|p.example|socks-gw}:5070 close, {n} bytes sent, {n} bytes received, lifetime {life}", "", ""},
		{150, "{fqdn}:{port} close, {n} bytes ({f} KB) sent, {n} bytes ({f} {pick:KB|MB}) received, lifetime {life}", "", ""},
		{150, "{fqdn}:443 close, {n} bytes sent, {n} bytes ({f} KB) received, lifetime {life}", "", ""},
		{60, "{fqdn}:443 close, {n} bytes ({f} KB) sent, {n} bytes received, lifetime {life}", "", ""},
		{400, "{fqdn}:{port} open through proxy proxy.lab.example:5070 HTTPS", "", ""},
		{20, "{fqdn}:80 error : Could not connect through proxy proxy.lab.example:5070 - Proxy server cannot establish a connection with the target, status code {n:400-599}", "", ""},
		{20, "{fqdn}:80 error : Could not connect to proxy proxy.lab.example:5070 - Could not resolve proxy.lab.example error {n}", "", ""},
		{20, "{fqdn}:443 error : A connection request was canceled before the completion. ", "", ""},
	}},
}
